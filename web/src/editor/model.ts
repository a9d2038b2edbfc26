/** A plan that is being drawn: which grid each cell is in, and the figures of every grid, kept up as cells move. */

import type { Change, GridRecord } from "./change";
import { Cuts } from "./cuts";
import { get, type Fabric } from "./fabric";
import { partsOf } from "./parts";

export type Status = "under" | "in_range" | "over" | "special";

export interface Window {
  readonly min: number;
  readonly max: number;
}

/** The figures of a grid, as `gridmap balance` has them. */
export interface Figures {
  readonly households: number;
  readonly unknown: number;
  readonly buildings: number;
  readonly cells: number;
  readonly compounds: number;
  readonly area: number;
  readonly perimeter: number;
  /** 4π · area / perimeter², NaN without cells. */
  readonly polsbyPopper: number;
  readonly status: Status;
  /** Households to the range. */
  readonly distance: number;
  /** Connected parts: 1 is contiguous, 0 empty. */
  readonly parts: number;
  /** Connected parts when nothing reaches across a barrier. */
  readonly dryParts: number;
}

export interface Totals {
  readonly grids: number;
  readonly inRange: number;
  readonly under: number;
  readonly over: number;
  readonly households: number;
  readonly contiguityBreaks: number;
  readonly compoundsSplit: number;
  readonly unassignedBuildings: number;
}

interface Layout {
  readonly grids: readonly GridRecord[];
  readonly grid: ArrayLike<number>;
  readonly bridges?: readonly (readonly [string, string])[];
}

interface Slot {
  record: GridRecord;
  readonly members: number[];
  households: number;
  unknown: number;
  buildings: number;
  area: number;
  perimeter: number;
  parts: number;
  dryParts: number;
  /** Whether parts have to be counted again. */
  stale: boolean;
}

const NONE = -1;

/**
 * Grids have slots that stay theirs as long as the model lives; `order` is the order of the server's list. Moving a cell
 * costs its neighbours; counting the parts of a grid costs its cells; nothing costs the number of grids.
 */
export class PlanModel {
  readonly gridOf: Int32Array;
  private readonly slots: Slot[] = [];
  private order: number[] = [];
  private readonly slotOf = new Map<string, number>();
  private readonly at: Int32Array;
  private readonly bridged = new Map<number, number[]>();
  private bridges: readonly (readonly [string, string])[] = [];
  readonly cuts: Cuts;
  private readonly counts = { under: 0, in_range: 0, over: 0, special: 0 };
  private breaks = 0;
  private unassigned = 0;
  private readonly households: number;
  /** Slots whose figures have changed since `takeTouched` was called. */
  private touched = new Set<number>();

  constructor(
    readonly fabric: Fabric,
    layout: Layout,
    readonly window: Window,
  ) {
    this.gridOf = new Int32Array(fabric.size).fill(NONE);
    this.at = new Int32Array(fabric.size);
    this.cuts = new Cuts(fabric, window.max);
    this.setBridges(layout.bridges ?? []);
    let households = 0;
    for (let cell = 0; cell < fabric.size; cell += 1) {
      households += get(fabric.households, cell);
      this.unassigned += get(fabric.built, cell);
    }
    this.households = households;
    for (const record of layout.grids) this.order.push(this.add(record));
    for (let cell = 0; cell < fabric.size; cell += 1) {
      const slot = this.order[layout.grid[cell] ?? NONE];
      if (slot !== undefined) this.move(cell, slot);
    }
    this.settle();
  }

  /** The slots of the grids there are, in the server's order. */
  get grids(): readonly number[] {
    return this.order;
  }

  record(slot: number): GridRecord {
    return this.slot(slot).record;
  }

  /** The slot of a grid's id, -1 without one. */
  find(id: string): number {
    return this.slotOf.get(id) ?? NONE;
  }

  cells(slot: number): readonly number[] {
    return this.slot(slot).members;
  }

  position(slot: number): number {
    return this.order.indexOf(slot);
  }

  figures(slot: number): Figures {
    const one = this.slot(slot);
    this.count(slot);
    const { households, unknown, buildings, area, perimeter, parts, dryParts, members } = one;
    const status = this.statusOf(one);
    const { min, max } = this.window;
    return {
      households,
      unknown,
      buildings,
      cells: members.length,
      compounds: this.cuts.compoundsIn(slot),
      area,
      perimeter,
      polsbyPopper: members.length ? (4 * Math.PI * area) / perimeter ** 2 : NaN,
      status,
      distance: status === "special" ? 0 : Math.max(min - households, 0) + Math.max(households - max, 0),
      parts,
      dryParts,
    };
  }

  status(slot: number): Status {
    return this.statusOf(this.slot(slot));
  }

  totals(): Totals {
    this.settle();
    const { under, in_range: inRange, over } = this.counts;
    return {
      grids: under + inRange + over,
      inRange,
      under,
      over,
      households: this.households,
      contiguityBreaks: this.breaks,
      compoundsSplit: this.cuts.total,
      unassignedBuildings: this.unassigned,
    };
  }

  /** Cells that hang together with a cell, through neighbours and bridges of its grid; each part ascending. */
  parts(slot: number, { dry = false } = {}): number[][] {
    return partsOf(this.fabric, this.gridOf, this.cells(slot), this.bridged, dry);
  }

  /** Put a cell into a slot (-1: none). Parts are counted when they are asked for. */
  move(cell: number, slot: number): void {
    const from = get(this.gridOf, cell);
    if (from === slot) return;
    if (from !== NONE) this.shift(cell, from, -1);
    this.gridOf[cell] = slot;
    if (slot !== NONE) this.shift(cell, slot, 1);
    this.cuts.move(cell, from, slot);
    const built = get(this.fabric.built, cell);
    this.unassigned += (slot === NONE ? built : 0) - (from === NONE ? built : 0);
  }

  /** Make a change and return the one that takes it back. */
  apply(change: Change): Change {
    const records = this.order.map((slot) => this.record(slot));
    const before = this.bridges;
    const kept = new Set((change.put ?? []).map(([, record]) => record.id));
    const dropped = new Set(change.drop ?? []);
    this.putGrids(change, dropped);
    const back = this.moveAll(change.cells ?? {});
    for (const id of dropped) if (!kept.has(id)) this.remove(id);
    if (change.bridges) this.setBridges(change.bridges);
    return {
      ...inverseGrids(records, this.order.map((slot) => this.record(slot))),
      ...(change.cells ? { cells: back } : {}),
      ...(change.bridges ? { bridges: before } : {}),
    };
  }

  /** Move cells by their ids and return where they were. Those that there are no more are left out. */
  private moveAll(cells: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
    const back: Record<string, string[]> = {};
    for (const [id, ids] of Object.entries(cells)) {
      const slot = id === "" ? NONE : this.find(id);
      for (const name of ids) {
        const cell = this.fabric.cellOf.get(name);
        if (cell === undefined) continue;
        const from = get(this.gridOf, cell);
        (back[from === NONE ? "" : this.record(from).id] ??= []).push(name);
        this.move(cell, slot);
      }
    }
    return back;
  }

  /** The slots whose figures have changed since this was asked last. */
  takeTouched(): number[] {
    const found = [...this.touched].filter((slot) => this.slots[slot] !== undefined);
    this.touched = new Set();
    return found;
  }

  private slot(slot: number): Slot {
    const found = this.slots[slot];
    if (!found) throw new RangeError(`there is no slot ${slot}`);
    return found;
  }

  private statusOf(slot: Slot): Status {
    if (slot.record.kind === "special") return "special";
    if (slot.households < this.window.min) return "under";
    return slot.households > this.window.max ? "over" : "in_range";
  }

  private add(record: GridRecord): number {
    const slot = this.slots.length;
    const nothing = { households: 0, unknown: 0, buildings: 0, area: 0, perimeter: 0, parts: 0, dryParts: 0 };
    const made: Slot = { record, members: [], ...nothing, stale: false };
    this.slots.push(made);
    this.slotOf.set(record.id, slot);
    this.counts[this.statusOf(made)] += 1;
    this.touched.add(slot);
    return slot;
  }

  private remove(id: string): void {
    const slot = this.find(id);
    if (slot === NONE) return;
    for (const cell of [...this.cells(slot)]) this.move(cell, NONE);
    this.count(slot);
    this.counts[this.statusOf(this.slot(slot))] -= 1;
    this.slotOf.delete(id);
    this.touched.add(slot);
  }

  /** Take grids out of the order and put records in; those put in again keep their slots. */
  private putGrids(change: Change, dropped: ReadonlySet<string>): void {
    if (!change.drop?.length && !change.put?.length) return;
    const order = this.order.filter((slot) => !dropped.has(this.record(slot).id));
    for (const [index, record] of change.put ?? []) {
      const known = this.find(record.id);
      if (known >= 0) this.slot(known).record = record;
      const slot = known >= 0 ? known : this.add(record);
      this.touched.add(slot);
      order.splice(index, 0, slot);
    }
    this.order = order;
  }

  private setBridges(bridges: readonly (readonly [string, string])[]): void {
    this.bridges = bridges;
    this.bridged.clear();
    for (const [one, other] of bridges) {
      const ends = [this.fabric.cellOf.get(one), this.fabric.cellOf.get(other)];
      const [i, j] = ends;
      if (i === undefined || j === undefined) continue;
      this.bridged.set(i, [...(this.bridged.get(i) ?? []), j]);
      this.bridged.set(j, [...(this.bridged.get(j) ?? []), i]);
      for (const cell of [i, j]) this.markStale(get(this.gridOf, cell));
    }
  }

  private markStale(slot: number): void {
    const one = this.slots[slot];
    if (!one) return;
    one.stale = true;
    this.touched.add(slot);
    this.waiting.add(slot);
  }

  private waiting = new Set<number>();

  /** Add a cell to a slot's figures (sign 1) or take it out (-1); the cell's own label is not the slot's meanwhile. */
  private shift(cell: number, slot: number, sign: 1 | -1): void {
    const { fabric, gridOf } = this;
    const one = this.slot(slot);
    this.counts[this.statusOf(one)] -= 1;
    let inner = 0;
    for (let edge = get(fabric.start, cell); edge < get(fabric.start, cell + 1); edge += 1) {
      const other = get(fabric.near, edge);
      if (other !== cell && gridOf[other] === slot) inner += get(fabric.shared, edge);
    }
    one.households += sign * get(fabric.households, cell);
    one.unknown += sign * (1 - get(fabric.known, cell));
    one.buildings += sign * get(fabric.built, cell);
    one.area += sign * get(fabric.area, cell);
    one.perimeter += sign * (get(fabric.perimeter, cell) - 2 * inner);
    if (sign === 1) this.at[cell] = one.members.push(cell) - 1;
    else this.forget(one, cell);
    this.counts[this.statusOf(one)] += 1;
    this.markStale(slot);
  }

  private forget(slot: Slot, cell: number): void {
    const hole = get(this.at, cell);
    const last = slot.members.pop();
    if (last === undefined || last === cell) return;
    slot.members[hole] = last;
    this.at[last] = hole;
  }

  /** Count the parts of a slot again where that is due. */
  private count(slot: number): void {
    const one = this.slot(slot);
    if (!one.stale) return;
    const resident = one.record.kind === "resident";
    const before = Math.max(one.parts - 1, 0);
    one.parts = this.parts(slot).length;
    one.dryParts = one.parts === 0 ? 0 : this.parts(slot, { dry: true }).length;
    one.stale = false;
    this.waiting.delete(slot);
    if (resident) this.breaks += Math.max(one.parts - 1, 0) - before;
  }

  private settle(): void {
    for (const slot of this.waiting) this.count(slot);
  }
}

/** Return what leads from one list of grids back to another. */
function inverseGrids(before: readonly GridRecord[], after: readonly GridRecord[]): Pick<Change, "drop" | "put"> {
  if (before.length === after.length && before.every((one, at) => one === after[at])) return {};
  const old = new Map(before.map((one) => [one.id, one]));
  const now = new Map(after.map((one) => [one.id, one]));
  let drop = after.filter((one) => old.get(one.id) !== one).map((one) => one.id);
  const order = (list: readonly GridRecord[], has: ReadonlyMap<string, GridRecord>): string =>
    list.filter((one) => has.get(one.id) === one).map((one) => one.id).join("\n");
  if (order(before, now) !== order(after, old)) drop = after.map((one) => one.id);
  const gone = new Set(drop);
  const put = before.flatMap((one, index) =>
    now.has(one.id) && !gone.has(one.id) ? [] : [[index, one] as const],
  );
  return { ...(drop.length ? { drop } : {}), ...(put.length ? { put } : {}) };
}
