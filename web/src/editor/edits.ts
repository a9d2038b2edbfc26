/** Edits as a planner means them, made into changes, and refused for the reasons that the server refuses them for. */

import { Refused, type Change, type Edit, type GridRecord } from "./change";
import { get } from "./fabric";
import type { PlanModel } from "./model";

/** Return the change that an edit makes; Refused where it is not allowed. Nothing is changed yet. */
export function changeOf(model: PlanModel, edit: Edit): Change {
  switch (edit.kind) {
    case "assign":
      return assign(model, edit.payload.buildings, edit.payload.grid);
    case "merge":
      return merge(model, edit.payload.grid, edit.payload.other);
    case "split":
      return split(model, edit.payload);
    case "lock":
      return renewed(model, edit.payload.grid, { locked: edit.payload.locked });
    case "rename":
      return renewed(model, edit.payload.grid, { name: edit.payload.name });
  }
}

/** The ids of the grids that an edit touches in a plan as it is. */
export function gridsOf(model: PlanModel, edit: Edit): Set<string> {
  const found = new Set([edit.payload.grid]);
  if (edit.kind === "merge") found.add(edit.payload.other);
  if (edit.kind === "split") found.add(edit.payload.new);
  if (edit.kind !== "assign") return found;
  for (const id of edit.payload.buildings) {
    const slot = model.gridOf[model.fabric.cellOf.get(id) ?? -1] ?? -1;
    if (slot >= 0) found.add(model.record(slot).id);
  }
  return found;
}

/** An id for a new grid of a community that no grid has, as the server's drafts have them. */
export function freshId(model: PlanModel, community: string, random: () => number = Math.random): string {
  for (;;) {
    const id = `${community}~${Math.floor(random() * 36 ** 5).toString(36).padStart(5, "0")}`;
    if (model.find(id) < 0) return id;
  }
}

/** Why a cell cannot be moved into a slot; null if it can. */
export function barredFrom(model: PlanModel, cell: number, slot: number): Refused | null {
  const own = get(model.gridOf, cell);
  const id = model.fabric.ids[cell] ?? "";
  const community = model.fabric.communities[get(model.fabric.community, cell)];
  const target = model.record(slot);
  if (community?.code !== target.community) return new Refused("other-community", id);
  if (!community.open) return new Refused("outside-area", community.name);
  for (const one of own >= 0 ? [target, model.record(own)] : [target]) {
    if (one.kind === "special") return new Refused("grid-special", one.id);
    if (one.locked) return new Refused("grid-locked", one.id);
  }
  return null;
}

function assign(model: PlanModel, buildings: readonly string[], grid: string): Change {
  const target = known(model, grid);
  const cells = cellsOf(model, buildings).filter((cell) => model.gridOf[cell] !== target);
  const fixed = [...new Set(cells.map((cell) => get(model.gridOf, cell)))].filter((slot) => slot >= 0);
  refuseFixed(model, [target, ...fixed]);
  for (const cell of cells) {
    const refused = barredFrom(model, cell, target);
    if (refused) throw refused;
  }
  return cells.length ? { cells: { [grid]: cells.map((cell) => model.fabric.ids[cell] ?? "") } } : {};
}

function merge(model: PlanModel, grid: string, other: string): Change {
  if (grid === other) throw new Refused("grid-same", grid);
  const [keep, gone] = [known(model, grid), known(model, other)];
  refuseFixed(model, [keep, gone]);
  if (model.record(keep).community !== model.record(gone).community) throw new Refused("other-community", other);
  const cells = model.cells(gone).map((cell) => model.fabric.ids[cell] ?? "");
  return { drop: [other], ...(cells.length ? { cells: { [grid]: cells } } : {}) };
}

function split(model: PlanModel, said: (Edit & { kind: "split" })["payload"]): Change {
  const from = known(model, said.grid);
  refuseFixed(model, [from]);
  const cells = cellsOf(model, said.buildings);
  if (!cells.length) throw new Refused("split-empty", said.grid);
  const stray = cells.find((cell) => model.gridOf[cell] !== from);
  if (stray !== undefined) throw new Refused("building-elsewhere", model.fabric.ids[stray] ?? "");
  if (cells.length === model.cells(from).length) throw new Refused("split-whole", said.grid);
  if (model.find(said.new) >= 0) throw new Refused("grid-duplicate", said.new);
  const { community } = model.record(from);
  const record: GridRecord = { id: said.new, name: said.name ?? "", kind: "resident", community, locked: false, code: "" };
  return {
    put: [[model.grids.length, record]],
    cells: { [said.new]: cells.map((cell) => model.fabric.ids[cell] ?? "") },
  };
}

function renewed(model: PlanModel, grid: string, values: Partial<GridRecord>): Change {
  const slot = known(model, grid);
  const record = model.record(slot);
  if (record.kind === "special") throw new Refused("grid-special", grid);
  return { drop: [grid], put: [[model.position(slot), { ...record, ...values }]] };
}

function known(model: PlanModel, grid: string): number {
  const slot = model.find(grid);
  if (slot < 0) throw new Refused("grid-unknown", grid);
  return slot;
}

function cellsOf(model: PlanModel, buildings: readonly string[]): number[] {
  const cells = [...new Set(buildings)].map((id) => {
    const cell = model.fabric.cellOf.get(id);
    if (cell === undefined) throw new Refused("building-unknown", id);
    return cell;
  });
  return cells.sort((one, other) => one - other);
}

function refuseFixed(model: PlanModel, slots: readonly number[]): void {
  for (const slot of slots) {
    const record = model.record(slot);
    if (record.kind === "special") throw new Refused("grid-special", record.id);
    if (record.locked) throw new Refused("grid-locked", record.id);
  }
}
