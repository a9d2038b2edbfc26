// The plan that is looked at: its grids as they are drawn, and its balance.

import { computed, signal } from "@preact/signals";

import { get } from "../api/client";
import type { Balance, Grids, PlanRow } from "../api/types";
import { parameter } from "./view";

export const plans = signal<readonly PlanRow[]>([]);
/** The name of the plan that is looked at, null if there is none. */
export const plan = signal<string | null>(null);
export const grids = signal<Grids | null>(null);
export const balance = signal<Balance | null>(null);

/** The balance's rows by grid. */
export const rows = computed(() => new Map((balance.value?.grids ?? []).map((row) => [row.grid, row])));
export const chosenPlan = computed(() => plans.value.find((one) => one.name === plan.value) ?? null);

let asked = 0;

/** Ask for the plans; look at the one of the address, else the one in force, else the last. */
export async function loadPlans(inForce: string | null): Promise<void> {
  plans.value = (await get<{ plans: PlanRow[] }>("/api/v1/plans")).plans;
  const names = plans.value.map((one) => one.name);
  const wanted = [plan.value, parameter("plan"), inForce].find((name) => name !== null && names.includes(name));
  await choose(wanted ?? names.at(-1) ?? null);
}

/** Look at a plan. Of two plans asked for one after the other, only the second is shown. */
export async function choose(name: string | null): Promise<void> {
  plan.value = name;
  await reload();
}

/** Ask for the plan's grids and balance again: it has changed. */
export async function reload(): Promise<void> {
  asked += 1;
  const mine = asked;
  const name = plan.value;
  if (name === null) {
    grids.value = balance.value = null;
    return;
  }
  const path = `/api/v1/plans/${encodeURIComponent(name)}`;
  const answers = await Promise.all([get<Grids>(`${path}/grids`), get<Balance>(`${path}/balance`)]);
  if (mine === asked) [grids.value, balance.value] = answers;
}
