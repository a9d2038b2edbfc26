// What the editor of the page opens and closes: plans and drafts of its server.

import { signal } from "@preact/signals";

import type { Job } from "../../api/jobs";
import type { Grids } from "../../api/types";
import { city } from "../../stores/city";
import { live } from "../../stores/live";
import { choose, loadPlans, plan, plans, reload } from "../../stores/plan";
import { may, session } from "../../stores/session";
import { Desk } from "./desk";
import { clear, desk, failed, frozen, overlay, release } from "./state";
import { serverHost, wire, type Frontier, type Moved, type Steps } from "./wire";

export const opening = signal(false);
export const job = signal<Job | null>(null);
export const frontier = signal<Frontier | null>(null);
export const comparing = signal<{ plan: string; households: number | null; grids: readonly Moved[] } | null>(null);
/** Grids laid over those of a plan that is only looked at. */
export const beneath = signal<Grids | null>(null);
/** Where the plan is on its way into force. */
export const life = signal<Steps | null>(null);

let leaving: Promise<void> = Promise.resolve();

/** Take note of where the plan is: under review it waits. */
export function stands(now: Steps | null): void {
  life.value = now;
  frozen.value = ["submitted", "reviewed", "filed"].includes(now?.state ?? "");
}

/** Put a plan on the desk; those who only review it look at it as it is shown to all. */
export async function openPlan(name: string): Promise<void> {
  closePlan();
  opening.value = true;
  try {
    stands(await wire.steps(name));
    if (may("edit")) {
      await leaving;
      const { min, max } = city.value?.window ?? { min: 1, max: 1 };
      const [basis, date] = [city.value?.households_basis, city.value?.households_as_of];
      desk.value = await Desk.open(serverHost(name, session.value?.name ?? "local", { min, max }, { basis, date }));
      if (desk.value.stroke.value) release();
    }
    if (plan.value !== name) await choose(name);
  } catch (error) {
    stands(null);
    failed(error);
  } finally {
    opening.value = false;
  }
}

/** Take the plan off the desk; the rest of the page sees it as it is now. */
export function closePlan(): void {
  const there = desk.value !== null;
  stands(null);
  overlay.value = beneath.value = comparing.value = frontier.value = live.value = null;
  if (!there) return;
  leaving = clear();
  void leaving.then(reload).catch(() => undefined);
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
