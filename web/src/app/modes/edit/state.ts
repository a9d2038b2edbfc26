// What the editor is at: the desk, the tool in hand, and what is selected.

import { computed, signal } from "@preact/signals";

import { Problem } from "../../api/client";
import { freshId, leftOf, Refused, type Breach, type Edit, type Place, type Violation } from "../../../editor";
import { tell } from "../../stores/notice";
import { count } from "../../words/words";
import type { Desk } from "./desk";
import { t } from "./words";

export const TOOLS = ["select", "brush", "click", "lasso", "line", "merge", "new"] as const;
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

/** What the desk is at, read again with each turn. */
export const turn = computed(() => desk.value?.turn.value ?? 0);

export function nameOf(slot: number): string {
  const record = desk.value?.model.record(slot);
  return record ? record.name || record.code || record.id : "";
}

/** Take the plan off the desk. */
export function clear(): void {
  desk.value?.close();
  desk.value = null;
  selected.value = pointed.value = -1;
  breaches.value = overlay.value = null;
  tool.value = "select";
}

/** Make an edit, and say why where it is not allowed. */
export function make(edit: Edit): boolean {
  try {
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
  const known = ["grid-locked", "grid-special", "other-community", "outside-area", "split-empty", "split-whole", "grid-same"];
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
  if (!made || selected.value < 0) {
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
  try {
    await desk.value?.[verb]();
  } catch (error) {
    failed(error);
  }
}

/** Bring a grid into range together with its neighbours. */
export async function repair(grid: string): Promise<void> {
  const made = desk.value;
  if (!made) return;
  try {
    const done = await made.ask(() => made.host.rebalance(made.queue.base, grid));
    const n = done.buildings_moved.length;
    tell(n ? t("moved", { n: count(n), h: count(done.households_moved) }) : t("nothingMoved"));
  } catch (error) {
    failed(error);
  }
}

export function visit(violation: Violation): void {
  selected.value = desk.value?.model.find(violation.grid) ?? -1;
  wanted.value = [violation.x, violation.y];
}
