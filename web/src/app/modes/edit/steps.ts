// The plan beside the one in force, and its way there: submitted, reviewed, filed, in force.

import { get } from "../../api/client";
import type { Grids } from "../../api/types";
import { PlanModel } from "../../../editor";
import { city, loadCity } from "../../stores/city";
import { tell } from "../../stores/notice";
import { choose, loadPlans, plan } from "../../stores/plan";
import { beneath, closePlan, comparing, life, stands } from "./remote";
import { desk, failed, overlay } from "./state";
import { pathOf, wire } from "./wire";
import { t } from "./words";

/** Lay the plan in force over this one, and say how many households are in another grid than there. */
export async function compare(): Promise<void> {
  const other = city.value?.plan_in_force;
  if (comparing.value) {
    overlay.value = beneath.value = comparing.value = null;
    return;
  }
  if (!other || !plan.value) return;
  try {
    const made = desk.value;
    if (!made) {
      beneath.value = await get<Grids>(`${pathOf(other)}/grids`);
      comparing.value = { plan: other, households: null, grids: [] };
      return;
    }
    const [layout, { totals, changes }] = await Promise.all([wire.layout(other), wire.diff(other, made.plan)]);
    overlay.value = new PlanModel(made.fabric, layout, made.window).gridOf;
    comparing.value = { plan: other, households: totals["households_moved"] ?? 0, grids: changes };
  } catch (error) {
    failed(error);
  }
}

/** Take the next step in the life of the plan. */
export async function proceed(next: string, note = ""): Promise<void> {
  const name = plan.value;
  const made = desk.value;
  if (!name) return;
  try {
    const base = made && ["submit", "approve"].includes(next) ? made : null;
    const act = (): ReturnType<typeof wire.take> => wire.take(name, next, note, base?.queue.base ?? null);
    const now = await (made ? made.ask(act) : act());
    stands(now);
    if (now.state === "in_force") {
      closePlan();
      await loadCity();
      await loadPlans(name);
      tell(t("inForceNow", { plan: name }));
      return;
    }
    await loadPlans(city.value?.plan_in_force ?? null);
    // Filing gives grids their codes: what is shown to all changes with it.
    if (!made) await choose(name);
    tell(t(`s_${now.state}` as "s_draft"));
  } catch (error) {
    failed(error);
    await look();
  }
}

/** Ask again where the plan is: somebody else may have taken a step. */
export async function look(): Promise<void> {
  const name = desk.value?.plan ?? (life.value ? plan.value : null);
  if (!name) return;
  const now = await wire.steps(name).catch(() => null);
  if (now && life.value && (desk.value?.plan ?? plan.value) === name) stands(now);
}

