// What the editor is at: the desk, the tool in hand, and what is selected.

import { computed, signal } from "@preact/signals";

import { Problem } from "../../api/client";
import { anchorOf, freshId, leftOf, Refused, type Breach, type Edit, type Place, type Violation } from "../../../editor";
import { tell } from "../../stores/notice";
import { count } from "../../words/words";
import type { Desk } from "./desk";
import { t } from "./words";

export const TOOLS = ["select", "brush", "click", "lasso", "line", "merge", "new", "carry"] as const;
export type Tool = (typeof TOOLS)[number];

export const desk = signal<Desk | null>(null);
export const tool = signal<Tool>("select");
/** The selected grid's slot, -1 without one. */
export const selected = signal(-1);
export const pointed = signal(-1);
export const brushM = signal(40);
/** What the stroke that was let go would break; null while none waits for an answer. */
export const breaches = signal<readonly Breach[] | null>(null);
/** Another division of the cells, drawn over this one. */
export const overlay = signal<Int32Array | null>(null);
/** Where the map is asked to go. */
export const wanted = signal<Place | null>(null);

/** Whether the plan on the desk is under review, and waits. */
export const frozen = signal(false);
/** The communities that are being redrawn, by their position in the fabric. */
export const working = signal<readonly number[]>([]);

/** What the desk is at, read again with each turn. */
export const turn = computed(() => desk.value?.turn.value ?? 0);

export function nameOf(slot: number): string {
  const record = desk.value?.model.record(slot);
  return record ? record.name || record.code || record.id : "";
}

/** Take the plan off the desk; fulfilled when nothing of it is under way. */
export function clear(): Promise<void> {
  const left = desk.value?.close();
  desk.value = null;
  selected.value = pointed.value = -1;
  breaches.value = overlay.value = null;
  frozen.value = false;
  tool.value = "select";
  return left ?? Promise.resolve();
}

/** Tell whether the plan may be changed now, and say so if not. */
export function ready(): boolean {
  if (frozen.value) tell(t("plan-under-review"), "failed");
  return desk.value !== null && !frozen.value;
}

/** Make an edit, and say why where it is not allowed. */
export function make(edit: Edit): boolean {
  try {
    if (!ready()) return false;
    desk.value?.make(edit);
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

/** Say what went wrong. */
export function failed(error: unknown): void {
  if (error instanceof Refused) tell(t(wordOf(error.code)), "failed");
  else if (error instanceof Problem) tell(t("failed", { why: error.message }), "failed", error.hint);
  else throw error;
}

type Word = Parameters<typeof t>[0];

export function wordOf(code: string): Word {
  const known = [
    "grid-locked", "grid-special", "other-community", "outside-area", "split-empty", "split-whole", "grid-same", "grid-unknown",
    "building-elsewhere", "plan-under-review",
  ]; // prettier-ignore
  return (known.includes(code) ? code : "plan-changed") as Word;
}

/** End a stroke: kept where it breaks nothing, else it waits for an answer. */
export function release(): void {
  const stroke = desk.value?.stroke.value;
  if (!stroke) return;
  const broken = stroke.size ? stroke.breaches() : [];
  if (broken.length) breaches.value = broken;
  else desk.value?.keepStroke();
  if (!stroke.size && stroke.refused) tell(t(wordOf(stroke.refused)), "failed");
}

export function answer(what: "keep" | "repair" | "drop"): void {
  const made = desk.value;
  if (!made) return;
  if (what === "drop") made.dropStroke();
  else if (what === "keep") made.keepStroke();
  else {
    const left = made.stroke.value?.repair() ?? [];
    if (left.length) {
      breaches.value = left;
      made.painted();
      return;
    }
    made.keepStroke();
  }
  breaches.value = null;
}

/** Put what a loop encloses into the selected grid, as a stroke. */
export function lasso(cells: readonly number[]): void {
  const made = desk.value;
  if (!made || !ready()) return;
  if (selected.value < 0) {
    tell(t("needSelection"), "failed");
    return;
  }
  made.begin(selected.value).add(cells);
  made.painted();
  release();
}

/** Make a new grid of what a loop encloses of the grid that most of it is in. */
export function newGrid(cells: readonly number[]): void {
  const made = desk.value;
  if (!made) return;
  const { model } = made;
  const counts = new Map<number, number>();
  for (const cell of cells) counts.set(model.gridOf[cell] ?? -1, (counts.get(model.gridOf[cell] ?? -1) ?? 0) + 1);
  const [slot = -1] = [...counts.entries()].sort((one, other) => other[1] - one[1])[0] ?? [];
  if (slot >= 0) splitOff(slot, cells.filter((cell) => model.gridOf[cell] === slot));
}

/** Split the grid in whose middle a line was drawn. */
export function splitAlong(line: readonly Place[]): void {
  const made = desk.value;
  if (!made) return;
  const counts = new Map<number, number>();
  for (const place of line) {
    const slot = made.model.gridOf[made.picker.at(place)] ?? -1;
    if (slot >= 0) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  const [slot = -1] = [...counts.entries()].sort((one, other) => other[1] - one[1])[0] ?? [];
  if (slot >= 0) splitOff(slot, leftOf(made.model, slot, line));
}

function splitOff(slot: number, cells: readonly number[]): void {
  const made = desk.value;
  if (!made) return;
  const record = made.model.record(slot);
  const buildings = cells.map((cell) => made.fabric.ids[cell] ?? "");
  const id = freshId(made.model, record.community);
  if (make({ kind: "split", payload: { grid: record.id, buildings, new: id, name: "" } })) {
    selected.value = made.model.find(id);
  }
}

export function merge(slot: number): void {
  const made = desk.value;
  if (!made || selected.value < 0) {
    tell(t("needSelection"), "failed");
    return;
  }
  const payload = { grid: made.model.record(selected.value).id, other: made.model.record(slot).id };
  if (make({ kind: "merge", payload })) tool.value = "select";
}

export function lock(): void {
  const made = desk.value;
  if (!made || selected.value < 0) {
    tell(t("needSelection"), "failed");
    return;
  }
  const { id, locked } = made.model.record(selected.value);
  make({ kind: "lock", payload: { grid: id, locked: !locked } });
}

export async function step(verb: "undo" | "redo"): Promise<void> {
  breaches.value = null;
  if (!ready()) return;
  try {
    if (verb === "redo") await desk.value?.redo();
    else {
      const maker = await desk.value?.undo();
      if (maker) tell(t("undoneOther", { who: maker }));
    }
  } catch (error) {
    failed(error);
  }
}

/** Mend a violation: here where that can be told, else by bringing its grid into range together with its neighbours. */
export async function repair(violation: Violation): Promise<void> {
  const made = desk.value;
  if (!made || !ready()) return;
  const edits = made.repairs(violation);
  if (!edits.length) {
    await rebalance(violation.grid);
    return;
  }
  for (const edit of edits) made.make(edit);
  const moved = edits.flatMap(({ payload }) => ("buildings" in payload ? payload.buildings : []));
  const households = moved.reduce((sum, id) => sum + (made.fabric.households[made.fabric.cellOf.get(id) ?? -1] ?? 0), 0);
  tell(t("moved", { n: count(moved.length), h: count(households) }));
}

/** Bring a grid into range together with its neighbours. */
export async function rebalance(grid: string): Promise<void> {
  const made = desk.value;
  if (!made || !ready()) return;
  const slot = made.model.find(grid);
  working.value = slot < 0 ? [] : communitiesOf([made.model.record(slot).community]);
  try {
    const rebalanced = await made.ask(() => made.host.rebalance(made.queue.base, grid));
    const n = rebalanced.buildings_moved.length;
    tell(n ? t("moved", { n: count(n), h: count(rebalanced.households_moved) }) : t("nothingMoved"));
  } catch (error) {
    failed(error);
  } finally {
    working.value = [];
  }
}

/** The positions of communities (null: all) in the fabric. */
export function communitiesOf(codes: readonly string[] | null): number[] {
  const all = desk.value?.fabric.communities ?? [];
  return all.flatMap((one, at) => (codes === null || codes.includes(one.code) ? [at] : []));
}

/** Select the grid of a violation and go where it is. */
export function visit(violation: Violation): void {
  selected.value = desk.value?.model.find(violation.grid) ?? -1;
  wanted.value = [violation.x, violation.y];
}

/** Select a grid and go to it. */
export function see(slot: number): void {
  const made = desk.value;
  const [cell] = made?.model.cells(slot) ?? [];
  selected.value = slot;
  if (made && cell !== undefined) wanted.value = anchorOf(made.model, made.model.cells(slot));
}
