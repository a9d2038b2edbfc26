// What the editor of the page lets its server do: open plans and drafts, redraw, compare, put in force.

import { signal } from "@preact/signals";

import { remove, stream } from "../../api/client";
import { PlanModel } from "../../../editor";
import { city } from "../../stores/city";
import { tell } from "../../stores/notice";
import { choose, loadPlans, plan, plans, reload } from "../../stores/plan";
import { session } from "../../stores/session";
import { Desk } from "./desk";
import { clear, desk, failed, overlay } from "./state";
import { serverHost, wire, type Frontier, type Job, type Redrawing } from "./wire";
import { t } from "./words";

export const opening = signal(false);
export const job = signal<Job | null>(null);
export const frontier = signal<Frontier | null>(null);
export const comparing = signal<{ plan: string; households: number } | null>(null);
export const steps = signal<readonly string[]>([]);

/** Put a plan on the desk. */
export async function openPlan(name: string): Promise<void> {
  closePlan();
  opening.value = true;
  try {
    const { min, max } = city.value?.window ?? { min: 1, max: 1 };
    const [basis, date] = [city.value?.households_basis, city.value?.households_as_of];
    const [made, told] = await Promise.all([
      Desk.open(serverHost(name, session.value?.name ?? "", { min, max }, { basis, date })),
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
  if (!desk.value) return;
  clear();
  frontier.value = comparing.value = null;
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
