/** What is wrong with a plan as it stands, kept up for the grids that an edit touches. */

import { get } from "./fabric";
import type { PlanModel } from "./model";

export interface Violation {
  readonly kind: "range" | "parts" | "barrier" | "empty" | "compound";
  /** A grid's id; of a compound that is cut, one of the grids that share it. */
  readonly grid: string;
  readonly compound: string;
  /** Households to the range, parts too many, or households of the compound that is cut. */
  readonly by: number;
  /** A place to look at: longitude and latitude. */
  readonly x: number;
  readonly y: number;
}

/** What is wrong with one grid. */
export function violationsOf(model: PlanModel, slot: number): Violation[] {
  const record = model.record(slot);
  if (record.kind === "special") return [];
  const now = model.figures(slot);
  const [x, y] = anchorOf(model, model.parts(slot).at(-1) ?? []);
  const told = (kind: Violation["kind"], by: number): Violation => ({ kind, grid: record.id, compound: "", by, x, y });
  if (!now.cells) return [told("empty", 0)];
  return [
    ...(now.parts > 1 ? [told("parts", now.parts - 1)] : []),
    ...(now.dryParts > now.parts ? [told("barrier", now.dryParts - now.parts)] : []),
    ...(now.distance > 0 ? [told("range", now.distance)] : []),
  ];
}

/** What is wrong with all grids, the worst kinds first, and in each the farthest off. */
export class Violations {
  private readonly found = new Map<number, Violation[]>();

  constructor(private readonly model: PlanModel) {
    this.update(model.grids);
  }

  /** Look again at the grids that were touched. */
  update(slots: Iterable<number>): void {
    for (const slot of slots) {
      const there = this.model.find(this.model.record(slot).id) === slot;
      const wrong = there ? violationsOf(this.model, slot) : [];
      if (wrong.length) this.found.set(slot, wrong);
      else this.found.delete(slot);
    }
  }

  list(): Violation[] {
    const rank = { parts: 0, empty: 1, barrier: 2, compound: 3, range: 4 };
    return [...[...this.found.values()].flat(), ...cutsOf(this.model)].sort(
      (one, other) => rank[one.kind] - rank[other.kind] || other.by - one.by || (one.grid < other.grid ? -1 : 1),
    );
  }
}

function cutsOf(model: PlanModel): Violation[] {
  return model.cuts.list().map(({ compound, households, slots }) => {
    const smallest = slots.toSorted((one, other) => model.cells(one).length - model.cells(other).length)[0] ?? 0;
    const cells = model.cells(smallest).filter((cell) => get(model.fabric.compound, cell) === compound);
    const [x, y] = anchorOf(model, cells);
    const id = model.fabric.compounds[compound]?.id ?? "";
    return { kind: "compound", grid: model.record(smallest).id, compound: id, by: households, x, y };
  });
}

/** The building nearest to the middle of some cells: a place to look at, and to write their name. */
export function anchorOf(model: PlanModel, cells: readonly number[]): [number, number] {
  const { x, y } = model.fabric;
  if (!cells.length) return [NaN, NaN];
  const middle = [x, y].map((values) => cells.reduce((sum, cell) => sum + get(values, cell), 0) / cells.length);
  const far = (cell: number): number => Math.hypot(get(x, cell) - get(middle, 0), get(y, cell) - get(middle, 1));
  const best = cells.reduce((one, other) => (far(other) < far(one) ? other : one));
  return [get(x, best), get(y, best)];
}
