// The editor's panel: choose a plan; then its balance, its problems, redrawing, and its way into force.

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

import type { Conflict, PlanModel, Violation } from "../../../editor";
import { tokens } from "../../../tokens";
import { city } from "../../stores/city";
import { plan, plans } from "../../stores/plan";
import { type Bar, Button, Figure, Histogram } from "../../ui/parts";
import { count } from "../../words/words";
import { Row } from "./Bar";
import {
  closePlan, compare, comparing, desk, frontier, job, nameOf, newDraft, openPlan, opening, preview, proceed, redraw,
  repair, selected, steps, take, tool, turn, visit, wordOf,
} from "./state"; // prettier-ignore
import type { Frontier } from "./wire";
import { t } from "./words";

const SHOWN = 30;

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
  const totals = made.model.totals();
  const { min, max } = made.window;
  return (
    <div class="gm-edit">
      <Figure
        size="headline"
        value={`${count(totals.inRange)}/${count(totals.grids)}`}
        label={t("inRangeUnit")}
        about={{ basis: city.value?.households_basis, date: city.value?.households_as_of, rule: t("range", { min, max }) }}
      />
      <p class="gm-edit-line" data-testid="totals">
        <span>▾ {count(totals.under)}</span>
        <span>▴ {count(totals.over)}</span>
        <span>{t("breaks", { n: count(totals.contiguityBreaks) })}</span>
        <span>{t("split", { n: count(totals.compoundsSplit) })}</span>
      </p>
      <Histogram label={t("histogram")} bars={barsOf(made.model, min, max)} window={[min, max]} />
      <Saved />
      {made.conflicts.value.map((one, at) => (
        <Clash key={at} conflict={one} />
      ))}
      <p class="gm-quiet-text">{t(`h_${tool.value}`)}</p>
      {selected.value >= 0 ? <Row slot={selected.value} /> : null}
      <Redrawing />
      {frontier.value?.choices.length ? <Scatter found={frontier.value} /> : null}
      <Problems found={made.violations.list()} />
      <Life />
    </div>
  );
}

function barsOf(model: PlanModel, min: number, max: number): Bar[] {
  const width = Math.max(1, Math.round((max - min) / 4));
  const counts = new Map<number, number>();
  for (const slot of model.grids) {
    const { households, status } = model.figures(slot);
    if (status !== "special") counts.set(at(households), (counts.get(at(households)) ?? 0) + 1);
  }
  function at(households: number): number {
    return Math.min(Math.floor((households - min) / width), 12);
  }
  return [...counts].sort(([one], [other]) => one - other).map(([place, many]) => {
    const from = min + place * width;
    return { from, to: from + width, count: many, tone: from + width <= min ? "under" : from >= max ? "over" : "in_range" };
  });
}

function Saved(): JSX.Element | null {
  const made = desk.value;
  if (!made) return null;
  const n = made.pending.value;
  const said = !made.online.value ? t("offline", { n }) : n ? t("saving", { n }) : t("saved");
  const seen = made.seen.value;
  return (
    <>
      <p class="gm-edit-saved" role="status" data-testid="saved" data-pending={n} data-online={made.online.value} data-revision={made.revision.value}>
        {said}
      </p>
      {seen ? <p class="gm-edit-saved">{t("others", { who: seen.user, grids: named(seen.grids) })}</p> : null}
    </>
  );
}

function named(ids: readonly string[]): string {
  return ids.slice(0, 3).map((id) => {
    const slot = desk.value?.model.find(id) ?? -1;
    return slot < 0 ? id : nameOf(slot);
  }).join("、") + (ids.length > 3 ? "…" : "");
}

function Clash({ conflict }: { conflict: Conflict }): JSX.Element {
  const { by, edit, code } = conflict;
  const what = t(edit.kind === "assign" ? "assign" : `e_${edit.kind}`);
  const said = by
    ? t("conflict", { who: by.user, when: by.at.slice(11, 16), grids: named(by.grids), what })
    : t("refusedEdit", { what, why: t(wordOf(code)) });
  return (
    <div class="gm-edit-clash" role="alert" data-testid="conflict">
      <p>{said}</p>
      <Button label={t("again")} onClick={() => desk.value?.insist(conflict)} />
      <Button label={t("discard")} onClick={() => desk.value?.dismiss(conflict)} />
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

function Problems({ found }: { found: readonly Violation[] }): JSX.Element {
  if (!found.length) return <p class="gm-quiet-text">{t("noProblems")}</p>;
  return (
    <section>
      <h3>{t("problems", { n: count(found.length) })}</h3>
      <ul class="gm-edit-problems" data-testid="problems">
        {found.slice(0, SHOWN).map((one) => (
          <li key={`${one.kind} ${one.grid} ${one.compound}`}>
            <button type="button" class="gm-edit-problem" title={t("goThere")} onClick={() => { visit(one); }}>
              <Told violation={one} />
            </button>
            {one.kind === "range" || one.kind === "parts" ? (
              <Button label={t("repair")} kind="quiet" onClick={() => void repair(one.grid)} />
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Told({ violation }: { violation: Violation }): JSX.Element | null {
  const made = desk.value;
  const slot = made?.model.find(violation.grid) ?? -1;
  if (!made || slot < 0) return null;
  const { kind, by, compound } = violation;
  const status = made.model.status(slot);
  const name = made.fabric.compounds.find((one) => one.id === compound)?.name ?? compound;
  const word = kind === "range" ? (status === "over" ? "v_range_over" : "v_range_under") : (`v_${kind}` as const);
  return (
    <>
      <span class={`gm-sign gm-tone-${status}`}>{kind === "range" ? tokens.status[status].sign : "!"}</span>
      <span class="gm-ranked-name">{nameOf(slot)}</span>
      <small>{t(word, { by: count(by), name })}</small>
    </>
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
