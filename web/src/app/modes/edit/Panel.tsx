// The editor's panel: choose a plan; then its balance, its problems, redrawing, and its way into force.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import type { PlanRow } from "../../api/types";
import { balance, plan, plans } from "../../stores/plan";
import { may } from "../../stores/session";
import { Button, Figure } from "../../ui/parts";
import { count } from "../../words/words";
import { Life } from "./Life";
import { Lists } from "./Lists";
import { Live } from "./Live";
import { frontier, job, life, newDraft, openPlan, opening } from "./remote";
import { desk, frozen, rebalance, selected, turn } from "./state";
import type { Frontier } from "./wire";
import { preview, redraw, stop, take } from "./work";
import { t } from "./words";

export function Panel(): JSX.Element {
  if (opening.value) return <p class="gm-quiet-text">{t("loading")}</p>;
  if (desk.value) return <Editing />;
  return may("edit") || !life.value ? <Choosing /> : <Reviewing />;
}

function Choosing(): JSX.Element {
  const wanted = useSignal(plan.value ?? "");
  const editor = may("edit");
  const of = (...states: string[]) => plans.value.filter((one) => states.includes(one.state));
  const base = wanted.value || (plans.value[0]?.name ?? "");
  const waiting = of("submitted", "reviewed", "filed");
  return (
    <div class="gm-edit-choose">
      {editor ? <Choices title={t("pick")} rows={of("draft")} /> : null}
      {waiting.length || !editor ? <Choices title={t("reviewing")} rows={waiting} empty={t("noneToReview")} /> : null}
      {editor ? (
        <>
          <select aria-label={t("pick")} value={base} onChange={(event) => (wanted.value = event.currentTarget.value)}>
            {plans.value.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
          <Button label={t("newDraft")} kind="main" onClick={() => void newDraft(base)} />
          <p class="gm-quiet-text">{t("draftOf", { plan: base })}</p>
        </>
      ) : null}
    </div>
  );
}

function Choices({ title, rows, empty = "" }: { title: string; rows: readonly PlanRow[]; empty?: string }): JSX.Element {
  return (
    <section>
      <h2>{title}</h2>
      {rows.length ? null : <p class="gm-quiet-text">{empty}</p>}
      <ul class="gm-ranked">
        {rows.map((one) => (
          <li key={one.name}>
            <button type="button" data-plan={one.name} onClick={() => void openPlan(one.name)}>
              <span class="gm-ranked-name">{one.name}</span>
              <small>{t(`s_${one.state}` as "s_draft")}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What those see who decide about a plan and do not draw it. */
function Reviewing(): JSX.Element {
  const totals = balance.value?.totals;
  return (
    <div class="gm-edit">
      <h2>{plan.value}</h2>
      {totals ? <Figure size="headline" value={`${count(totals.in_range)}/${count(totals.grids)}`} label={t("inRangeUnit")} /> : null}
      <Life />
    </div>
  );
}

function Editing(): JSX.Element | null {
  const made = desk.value;
  if (!made || turn.value < 0) return null;
  return (
    <div class="gm-edit">
      <Live />
      <Redrawing />
      {frontier.value?.choices.length ? <Scatter found={frontier.value} /> : null}
      <Lists />
      <Life />
    </div>
  );
}

function Redrawing(): JSX.Element | null {
  const made = desk.value;
  if (!made) return null;
  const record = selected.value >= 0 ? made.model.record(selected.value) : null;
  const busy = job.value !== null || frozen.value;
  return (
    <section>
      <h3>{t("redrawTitle")}</h3>
      <div class="gm-edit-buttons">
        <Button label={t("redrawGrid")} disabled={busy || !record} onClick={() => void rebalance(record?.id ?? "")} />
        <Button label={t("redrawCommunity")} disabled={busy || !record} onClick={() => void redraw("redraw", [record?.community ?? ""])} />
        <Button label={t("redrawAll")} disabled={busy} onClick={() => void redraw("redraw", null)} />
        <Button label={t("frontier")} disabled={busy || !record} onClick={() => void redraw("frontier", [record?.community ?? ""])} />
      </div>
    </section>
  );
}

/** Choices as points: pointing at one draws it over the map, choosing one takes it. */
function Scatter({ found }: { found: Frontier }): JSX.Element {
  const most = Math.max(1, ...found.choices.map((one) => one.households_moved));
  const worst = Math.max(1, found.present.grids_out_of_range, ...found.choices.map((one) => one.grids_out_of_range));
  return (
    <section>
      <h3>{t("frontierTitle")}</h3>
      <svg class="gm-edit-scatter" viewBox="0 0 300 120" role="group" aria-label={t("frontierTitle")}>
        <path class="gm-axis" d="M10 4V108H296" />
        <circle class="gm-edit-now" cx={10} cy={108 - (found.present.grids_out_of_range / worst) * 100} r={4} />
        {found.choices.map((one, at) => {
          const edit = found.edits[at] ?? null;
          const said = t("point", { moved: count(one.households_moved), out: count(one.grids_out_of_range) });
          const show = (): void => { preview(edit); };
          const hide = (): void => { preview(null); };
          return (
            <circle
              key={at}
              class="gm-edit-point"
              role="button"
              tabIndex={0}
              aria-label={said}
              cx={10 + (one.households_moved / most) * 278}
              cy={108 - (one.grids_out_of_range / worst) * 100}
              r={7}
              onMouseEnter={show}
              onMouseLeave={hide}
              onFocus={show}
              onBlur={hide}
              onClick={() => edit && void take(edit, found.base)}
              onKeyDown={(event) => event.key === "Enter" && edit && void take(edit, found.base)}
            >
              <title>{said}</title>
            </circle>
          );
        })}
      </svg>
      <p class="gm-quiet-text">{t("frontierHint")}</p>
    </section>
  );
}

/** A community's name by its code; of other work there is nothing to name. */
function placeOf(code: string): string {
  return desk.value?.fabric.communities.find((one) => one.code === code)?.name ?? t("looking");
}

/** How far a redrawing is; it can be stopped. */
export function Progress(): JSX.Element | null {
  const now = job.value;
  if (!now) return null;
  return (
    <div class="gm-card gm-edit-asked" role="status">
      <div class="gm-edit-progress">
        {now.total ? <progress max={now.total} value={now.done} aria-label={t("working")} /> : <progress aria-label={t("working")} />}
        <span data-testid="progress">
          {now.total ? t("progress", { at: placeOf(now.at), done: now.done, total: now.total }) : t("looking")}
        </span>
        <Button label={t("cancel")} onClick={() => void stop()} />
      </div>
    </div>
  );
}
