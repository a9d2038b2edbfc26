// Work that the server does for the editor: redrawing, choices to pick from.

import { followJob, resultOf, stopJob, submitJob } from "../../api/jobs";
import { tell } from "../../stores/notice";
import { frontier, job } from "./remote";
import { communitiesOf, desk, failed, overlay, ready, working } from "./state";
import { wire, type Frontier, type Redrawing } from "./wire";
import { t } from "./words";

/** Let the server redraw communities (null: all), or look for choices; it can be stopped, and then changes nothing. */
export async function redraw(kind: "redraw" | "frontier", communities: readonly string[] | null): Promise<void> {
  const made = desk.value;
  if (!made || job.value || !ready()) return;
  frontier.value = null;
  const asked = communitiesOf(communities);
  working.value = asked;
  try {
    const body = { kind, plan: made.plan, communities, into: true };
    const [base, found] = await made.ask(async () => [made.queue.base, await submitJob(body)] as const);
    const ended = await followJob(found, (now) => {
      job.value = now;
      // Communities are done in their order; of choices all are drawn again and again.
      const at = made.fabric.communities.findIndex((one) => one.code === now.at);
      if (kind === "redraw" && at >= 0) working.value = asked.filter((one) => one > at);
    }, t("askAgain"));
    if (ended.state === "failed") tell(t("failed", { why: ended.error?.detail ?? "" }), "failed", ended.error?.hint);
    if (ended.state === "cancelled") tell(t("stopped"));
    if (ended.state !== "done" || desk.value !== made) return;
    if (kind === "frontier") {
      frontier.value = { ...(await resultOf<Frontier>(ended.id)), base };
      if (!frontier.value.choices.length) tell(t("frontierNone"));
    } else await take((await resultOf<{ edit: Redrawing }>(ended.id)).edit, base);
  } catch (error) {
    failed(error);
  } finally {
    job.value = null;
    working.value = [];
  }
}

/** Take over a drawing of the plan as it was at a revision, as one edit. */
export async function take(edit: Redrawing, base: number): Promise<void> {
  const made = desk.value;
  if (!made || !ready()) return;
  preview(null);
  try {
    if (edit.payload.moves.length) await made.ask(() => wire.edit(made.plan, base, edit));
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

export async function stop(): Promise<void> {
  if (job.value) await stopJob(job.value.id).catch(failed);
}
