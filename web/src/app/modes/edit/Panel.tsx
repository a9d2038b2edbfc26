// The editor's panel: choose a plan; then its balance, its problems, redrawing, and its way into force.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import { plan, plans } from "../../stores/plan";
import { Button } from "../../ui/parts";
import { count } from "../../words/words";
import { Live, Problems } from "./Live";
import {
  closePlan, compare, comparing, frontier, job, newDraft, openPlan, opening, preview, proceed, redraw, steps, stop, take,
} from "./remote"; // prettier-ignore
import { desk, repair, selected, turn } from "./state";
import type { Frontier } from "./wire";
import { t } from "./words";

export function Panel(): JSX.Element {
  if (opening.value) return <p class="gm-quiet-text">{t("loading")}</p>;
  return desk.value ? <Editing /> : <Choosing />;
}

function Choosing(): JSX.Element {
  const wanted = useSignal(plan.value ?? "");
  const drafts = plans.value.filter((one) => one.state === "draft");
  const base = wanted.value || (plans.value[0]?.name ?? "");
  return (
    <div class="gm-edit-choose">
      <h2>{t("pick")}</h2>
      <ul class="gm-ranked">
        {drafts.map((one) => (
          <li key={one.name}>
            <button type="button" onClick={() => void openPlan(one.name)}>
              <span class="gm-ranked-name">{one.name}</span>
              <small>{t("open")}</small>
            </button>
          </li>
        ))}
      </ul>
      <select aria-label={t("pick")} value={base} onChange={(event) => (wanted.value = event.currentTarget.value)}>
        {plans.value.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
          </option>
        ))}
      </select>
      <Button label={t("newDraft")} kind="main" onClick={() => void newDraft(base)} />
      <p class="gm-quiet-text">{t("draftOf", { plan: base })}</p>
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
      <Problems />
      <Life />
    </div>
  );
}

function Redrawing(): JSX.Element | null {
  const made = desk.value;
  if (!made) return null;
  const record = selected.value >= 0 ? made.model.record(selected.value) : null;
  const busy = job.value !== null;
  return (
    <section>
      <h3>{t("redrawTitle")}</h3>
      <div class="gm-edit-buttons">
        <Button label={t("redrawGrid")} disabled={busy || !record} onClick={() => void repair(record?.id ?? "")} />
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
              onClick={() => edit && void take(edit)}
              onKeyDown={(event) => event.key === "Enter" && edit && void take(edit)}
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

const STEPS = ["submit", "approve", "file", "publish"] as const;

function Life(): JSX.Element | null {
  const made = desk.value;
  if (!made) return null;
  const other = comparing.value;
  return (
    <section>
      <h3>{made.plan}</h3>
      <div class="gm-edit-buttons">
        <Button label={t("compare")} pressed={other !== null} onClick={() => void compare()} />
        {STEPS.filter((one) => steps.value.includes(one)).map((one) => (
          <Button key={one} label={t(one)} onClick={() => void proceed(one)} />
        ))}
        <Button label={t("close")} onClick={closePlan} />
      </div>
      {other ? <p class="gm-quiet-text">{t("diff", { n: count(other.households), plan: other.plan })}</p> : null}
    </section>
  );
}

/** How far a redrawing is; it can be stopped. */
export function Progress(): JSX.Element | null {
  const now = job.value;
  if (!now) return null;
  return (
    <div class="gm-card gm-edit-asked" role="status">
      <div class="gm-edit-progress">
        <progress max={Math.max(now.total, 1)} value={now.done} />
        <span>{t("progress", { at: now.at, done: now.done, total: now.total })}</span>
        <Button label={t("cancel")} onClick={() => void stop()} />
      </div>
    </div>
  );
}
