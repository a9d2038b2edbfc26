/** What would mend a violation with as little change as can be; nothing is changed yet. */

import type { Edit } from "./change";
import { barredFrom, changeOf } from "./edits";
import { get } from "./fabric";
import type { PlanModel } from "./model";
import { Stroke } from "./stroke";
import { violationsOf, type Violation } from "./violations";

interface Choice {
  readonly edit: Edit;
  /** How much worse the plan is for it: what breaks anew first, then households out of range. */
  readonly price: number;
}

const A_BREACH = 1e9;

/**
 * Return the edits that mend a violation, none where this cannot be told here: of a grid out of range redrawing decides.
 * A compound that is cut goes to one of the grids that share it, a part that is cut off to a grid beside it, and a grid
 * without cells to any of its community.
 */
export function repairOf(model: PlanModel, violation: Violation): Edit[] {
  const slot = model.find(violation.grid);
  const edits = slot < 0 ? [] : meant(model, violation, slot);
  const back = edits.map((edit) => model.apply(changeOf(model, edit)));
  const gone = !stands(model, violation);
  back.toReversed().forEach((change) => model.apply(change));
  return gone ? edits : [];
}

function meant(model: PlanModel, violation: Violation, slot: number): Edit[] {
  switch (violation.kind) {
    case "compound":
      return whole(model, violation.compound, slot);
    case "parts":
      return parted(model, slot, false);
    case "barrier":
      return parted(model, slot, true);
    case "empty":
      return dropped(model, slot);
    case "range":
      return [];
  }
}

/** Tell whether a violation is there. */
function stands(model: PlanModel, { kind, grid, compound }: Violation): boolean {
  const slot = model.find(grid);
  if (slot < 0) return false;
  if (kind !== "compound") return violationsOf(model, slot).some((one) => one.kind === kind);
  return model.cuts.of(slot).includes(model.fabric.compounds.findIndex((one) => one.id === compound));
}

/** Give the whole of a compound to the grid for which that is best. */
function whole(model: PlanModel, id: string, slot: number): Edit[] {
  const { fabric } = model;
  const compound = fabric.compounds.findIndex((one) => one.id === id);
  const community = model.record(slot).community;
  const sharing = model.cuts.list().find((one) => one.compound === compound && one.slots.includes(slot))?.slots ?? [];
  const cells = sharing
    .filter((one) => model.record(one).community === community)
    .flatMap((one) => model.cells(one).filter((cell) => get(fabric.compound, cell) === compound));
  return best(sharing.map((target) => tried(model, target, cells)));
}

/** Give each smaller part of a grid to a grid beside that part. */
function parted(model: PlanModel, slot: number, dry: boolean): Edit[] {
  const parts = model.parts(slot, { dry }).slice(1);
  return parts.flatMap((part) => best(beside(model, part, slot, dry).map((target) => tried(model, target, part))));
}

/** A grid without cells ends in another one of its community. */
function dropped(model: PlanModel, slot: number): Edit[] {
  const { id, community } = model.record(slot);
  const other = model.grids.find((one) => {
    const record = model.record(one);
    return one !== slot && record.community === community && record.kind === "resident" && !record.locked;
  });
  return other === undefined ? [] : [{ kind: "merge", payload: { grid: model.record(other).id, other: id } }];
}

/** The grids that cells touch, where `dry` not across a barrier. */
function beside(model: PlanModel, cells: readonly number[], own: number, dry: boolean): number[] {
  const { fabric } = model;
  const found = new Set<number>();
  for (const cell of cells) {
    for (let edge = get(fabric.start, cell); edge < get(fabric.start, cell + 1); edge += 1) {
      const slot = get(model.gridOf, get(fabric.near, edge));
      if (slot >= 0 && slot !== own && !(dry && get(fabric.barred, edge))) found.add(slot);
    }
  }
  return [...found];
}

/** What it costs to put cells into a slot; null where they may not be. */
function tried(model: PlanModel, target: number, cells: readonly number[]): Choice | null {
  const moving = cells.filter((cell) => model.gridOf[cell] !== target);
  if (!moving.length || moving.some((cell) => barredFrom(model, cell, target))) return null;
  const slots = new Set([target, ...moving.map((cell) => get(model.gridOf, cell))]);
  const off = (): number => [...slots].reduce((sum, slot) => sum + model.figures(slot).distance, 0);
  const before = off();
  const stroke = new Stroke(model, target);
  stroke.add(moving);
  const moved = moving.reduce((sum, cell) => sum + get(model.fabric.households, cell), 0);
  const price = stroke.breaches().length * A_BREACH + (off() - before) * 1_000 + moved;
  const edit = stroke.finish()?.edit;
  stroke.drop();
  return edit ? { edit, price } : null;
}

function best(choices: readonly (Choice | null)[]): Edit[] {
  const found = choices.filter((one) => one !== null);
  return found.length ? [found.reduce((one, other) => (other.price < one.price ? other : one)).edit] : [];
}

