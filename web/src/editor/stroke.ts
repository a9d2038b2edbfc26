/** A stroke that is being painted: it shows at once what it makes of the plan, and is kept, repaired or dropped. */

import type { Change, Edit, RefusalCode } from "./change";
import { barredFrom } from "./edits";
import { get } from "./fabric";
import type { Figures, PlanModel } from "./model";

/** What a stroke would break that was whole before it. */
export interface Breach {
  readonly kind: "parts" | "compound" | "barrier" | "empty";
  /** The grid that falls apart, or is left empty, or reaches across a barrier. */
  readonly slot: number;
  /** The compound (row of the fabric) that is cut. */
  readonly compound: number;
}

interface Before {
  readonly figures: Figures;
  readonly cuts: ReadonlySet<number>;
}

/** Cells move in the model as they are painted; `drop` puts all of them back. */
export class Stroke {
  private readonly from = new Map<number, number>();
  private readonly before = new Map<number, Before>();
  /** Why the last cell that could not be painted could not. */
  refused: RefusalCode | null = null;

  constructor(
    private readonly model: PlanModel,
    readonly target: number,
  ) {
    this.remember(target);
  }

  /** Whether its grid still is in the plan. */
  get stands(): boolean {
    return this.model.grids.includes(this.target);
  }

  get size(): number {
    return this.from.size;
  }

  get painted(): readonly number[] {
    return [...this.from.keys()];
  }

  /** The ids of the painted cells. */
  get ids(): readonly string[] {
    return this.painted.map((cell) => this.model.fabric.ids[cell] ?? "");
  }

  /** The grids that the stroke changes, the target first. */
  get slots(): readonly number[] {
    return [...this.before.keys()];
  }

  /** Paint cells; those that may not move stay. Returns how many moved. */
  add(cells: Iterable<number>): number {
    let moved = 0;
    for (const cell of cells) {
      const own = get(this.model.gridOf, cell);
      if (own === this.target) continue;
      const refused = barredFrom(this.model, cell, this.target);
      if (refused) {
        this.refused = refused.code;
        continue;
      }
      if (own >= 0) this.remember(own);
      this.from.set(cell, own);
      this.model.move(cell, this.target);
      moved += 1;
    }
    return moved;
  }

  /** What is broken now and was not before. */
  breaches(): Breach[] {
    const found: Breach[] = [];
    for (const [slot, before] of this.before) {
      const now = this.model.figures(slot);
      if (now.parts > Math.max(before.figures.parts, 1)) found.push({ kind: "parts", slot, compound: -1 });
      else if (now.dryParts - now.parts > before.figures.dryParts - before.figures.parts) {
        found.push({ kind: "barrier", slot, compound: -1 });
      }
      if (now.cells === 0 && before.figures.cells > 0) found.push({ kind: "empty", slot, compound: -1 });
    }
    const cut = new Set([...this.before.keys()].flatMap((slot) => this.model.cuts.of(slot)));
    const old = new Set([...this.before.values()].flatMap((one) => [...one.cuts]));
    for (const compound of cut) if (!old.has(compound)) found.push({ kind: "compound", slot: this.target, compound });
    return found;
  }

  /** Take along what the stroke breaks off: smaller parts of the grids it takes from, and the rest of compounds it cuts. */
  repair(): Breach[] {
    for (let turn = 0; turn < 3; turn += 1) {
      const broken = this.breaches();
      if (!broken.length) break;
      for (const { kind, slot, compound } of broken) {
        if (kind === "compound") this.add(this.restOf(compound));
        else if (kind === "parts" && slot !== this.target) this.add(this.model.parts(slot).slice(1).flat());
        else if (kind === "parts") this.giveBack();
      }
    }
    return this.breaches();
  }

  /** The edit to send, and the change that it is; null where nothing was painted. */
  finish(): { edit: Edit; change: Change; back: Change } | null {
    if (!this.from.size) return null;
    const ids = this.model.fabric.ids;
    const cells = this.painted.toSorted((one, other) => one - other);
    const buildings = cells.map((cell) => ids[cell] ?? "");
    const grid = this.model.record(this.target).id;
    const back: Record<string, string[]> = {};
    for (const cell of cells) {
      const slot = this.from.get(cell) ?? -1;
      (back[slot < 0 ? "" : this.model.record(slot).id] ??= []).push(ids[cell] ?? "");
    }
    return {
      edit: { kind: "assign", payload: { buildings, grid } },
      change: { cells: { [grid]: buildings } },
      back: { cells: back },
    };
  }

  /** Put everything back as it was. */
  drop(): void {
    for (const [cell, slot] of this.from) this.model.move(cell, slot);
    this.from.clear();
  }

  private remember(slot: number): void {
    if (this.before.has(slot)) return;
    this.before.set(slot, { figures: this.model.figures(slot), cuts: new Set(this.model.cuts.of(slot)) });
  }

  private restOf(compound: number): number[] {
    const { fabric } = this.model;
    return this.slots.flatMap((slot) =>
      this.model.cells(slot).filter((cell) => get(fabric.compound, cell) === compound),
    );
  }

  /** Give painted cells that do not touch the rest of the target back to where they were. */
  private giveBack(): void {
    const home = new Set(this.model.parts(this.target)[0] ?? []);
    for (const [cell, slot] of this.from) {
      if (home.has(cell)) continue;
      this.model.move(cell, slot);
      this.from.delete(cell);
    }
  }
}
