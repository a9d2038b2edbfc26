// What the editor is at: the desk, the tool in hand, what is selected, and the work that is under way.

import { computed, signal } from "@preact/signals";

import { Problem, remove, stream } from "../../api/client";
import { freshId, leftOf, PlanModel, Refused, type Breach, type Edit, type Place, type Violation } from "../../../editor";
import { city } from "../../stores/city";
import { tell } from "../../stores/notice";
import { session } from "../../stores/session";
import { choose, loadPlans, plan, plans, reload } from "../../stores/plan";
import { count } from "../../words/words";
import { Desk } from "./desk";
import { wire, type Frontier, type Job, type Redrawing } from "./wire";
import { t } from "./words";

export const TOOLS = ["select", "brush", "click", "lasso", "line", "merge", "new"] as const;
export type Tool = (typeof TOOLS)[number];

export const desk = signal<Desk | null>(null);
export const opening = signal(false);
export const tool = signal<Tool>("select");
/** The selected grid's slot, -1 without one. */
export const selected = signal(-1);
export const pointed = signal(-1);
export const brushM = signal(40);
/** What the stroke that was let go would break; null while none waits for an answer. */
export const breaches = signal<readonly Breach[] | null>(null);
export const job = signal<Job | null>(null);
export const frontier = signal<Frontier | null>(null);
/** Another division of the cells, drawn over this one. */
export const overlay = signal<Int32Array | null>(null);
export const comparing = signal<{ plan: string; households: number } | null>(null);
export const steps = signal<readonly string[]>([]);
/** Where the map is asked to go. */
export const wanted = signal<Place | null>(null);

/** What the desk is at, read again with each turn. */
export const turn = computed(() => desk.value?.turn.value ?? 0);

export function nameOf(slot: number): string {
  const record = desk.value?.model.record(slot);
  return record ? record.name || record.code || record.id : "";
}

/** Put a plan on the desk. */
export async function openPlan(name: string): Promise<void> {
  closePlan();
  opening.value = true;
  try {
    const { min, max } = city.value?.window ?? { min: 1, max: 1 };
    const [made, told] = await Promise.all([
      Desk.open(name, session.value?.name ?? "", { min, max }),
      wire.steps(name).catch(() => ({ next: [] })),
    ]);
    desk.value = made;
    steps.value = told.next;
    if (plan.value !== name) await choose(name);
  } catch (error) {
    failed(error);
  } finally {
    opening.value = false;
  }
}

/** Take the plan off the desk; the rest of the page sees it as it is now. */
export function closePlan(): void {
  const made = desk.value;
  if (!made) return;
  made.close();
  desk.value = null;
  selected.value = pointed.value = -1;
  breaches.value = frontier.value = overlay.value = comparing.value = null;
  tool.value = "select";
  void reload().catch(() => undefined);
}

/** Start a draft from a plan and put it on the desk. */
export async function newDraft(base: string): Promise<void> {
  const names = new Set(plans.value.map((one) => one.name));
  let number = 1;
  while (names.has(`draft-${number}`)) number += 1;
  const name = `draft-${number}`;
  try {
    await wire.draft(name, base);
    await loadPlans(city.value?.plan_in_force ?? null);
    await openPlan(name);
  } catch (error) {
    failed(error);
  }
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
    const { rebalanced } = await made.ask(() => wire.rebalance(made.plan, made.queue.base, grid));
    const n = rebalanced.buildings_moved.length;
    tell(n ? t("moved", { n: count(n), h: count(rebalanced.households_moved) }) : t("nothingMoved"));
  } catch (error) {
    failed(error);
  }
}

/** Let the server redraw communities (null: all), or look for choices; it can be stopped, and then changes nothing. */
export async function redraw(kind: "redraw" | "frontier", communities: readonly string[] | null): Promise<void> {
  const made = desk.value;
  if (!made || job.value) return;
  frontier.value = null;
  try {
    const body = { kind, plan: made.plan, communities, into: true };
    const found = await made.ask(() => wire.job(body));
    const ended = await follow(found);
    if (ended.state === "failed") tell(t("failed", { why: ended.error?.detail ?? "" }), "failed", ended.error?.hint);
    if (ended.state !== "done") return;
    if (kind === "frontier") {
      frontier.value = await wire.result<Frontier>(ended.id);
      if (!frontier.value.choices.length) tell(t("frontierNone"));
    } else await take((await wire.result<{ edit: Redrawing }>(ended.id)).edit);
  } catch (error) {
    failed(error);
  } finally {
    job.value = null;
  }
}

/** Take over a drawing of the whole plan as one edit. */
export async function take(edit: Redrawing): Promise<void> {
  const made = desk.value;
  if (!made) return;
  preview(null);
  try {
    if (edit.payload.moves.length) await made.ask(() => wire.edit(made.plan, made.queue.base, edit));
    frontier.value = null;
    tell(edit.payload.moves.length ? t("redrawn") : t("nothingMoved"));
  } catch (error) {
    failed(error);
  }
}

/** Draw what an edit would make of the plan, without making it; null: no longer. */
export function preview(edit: Redrawing | null): void {
  const made = desk.value;
  if (!made || !edit) {
    overlay.value = null;
    return;
  }
  const label = Int32Array.from(made.model.gridOf);
  const ids = new Map<string, number>();
  for (const { to, buildings } of edit.payload.moves) {
    const known = made.model.find(to ?? "");
    const slot = known >= 0 ? known : (ids.get(to ?? "") ?? 1_000_000 + ids.size);
    ids.set(to ?? "", slot);
    for (const id of buildings) label[made.fabric.cellOf.get(id) ?? -1] = slot;
  }
  overlay.value = label;
}

function follow(started: Job): Promise<Job> {
  job.value = started;
  return new Promise((resolve) => {
    const ended = (data: unknown): void => {
      end();
      resolve(data as Job);
    };
    const end = stream(`/api/v1/jobs/${started.id}/events`, {
      progress: (data) => {
        job.value = data as Job;
      },
      done: ended,
      failed: ended,
      cancelled: ended,
    });
  });
}

export async function stop(): Promise<void> {
  if (job.value) await remove(`/api/v1/jobs/${job.value.id}`).catch(failed);
}

/** Lay the plan in force beneath, and say how many households are in another grid than there. */
export async function compare(): Promise<void> {
  const made = desk.value;
  const other = city.value?.plan_in_force;
  if (!made || !other) return;
  if (comparing.value) {
    comparing.value = overlay.value = null;
    return;
  }
  try {
    const [layout, { totals }] = await Promise.all([wire.layout(other), wire.diff(other, made.plan)]);
    overlay.value = new PlanModel(made.fabric, layout, made.window).gridOf;
    comparing.value = { plan: other, households: totals["households_moved"] ?? totals["moved"] ?? 0 };
  } catch (error) {
    failed(error);
  }
}

/** Take the next step in the life of the plan. */
export async function proceed(next: string): Promise<void> {
  const made = desk.value;
  if (!made) return;
  if (next === "publish" && !confirm(t("sure", { plan: made.plan }))) return;
  try {
    const told = await made.ask(() => wire.take(made.plan, next));
    steps.value = told.next;
    await loadPlans(city.value?.plan_in_force ?? null);
  } catch (error) {
    failed(error);
  }
}

export function visit(violation: Violation): void {
  selected.value = desk.value?.model.find(violation.grid) ?? -1;
  wanted.value = [violation.x, violation.y];
}
