// The balance of what is on the desk as it stands, and what is wrong with it.

import type { JSX } from "preact";

import type { Conflict, PlanModel } from "../../../editor";
import { type Bar, Button, Figure, Histogram } from "../../ui/parts";
import { count } from "../../words/words";
import { Row } from "./Bar";
import { desk, frozen, nameOf, selected, tool, turn, wordOf } from "./state";
import { t } from "./words";

export function Live(): JSX.Element | null {
  const made = desk.value;
  if (!made || turn.value < 0) return null;
  const totals = made.model.totals();
  const { min, max } = made.window;
  return (
    <>
      <Figure
        size="headline"
        value={`${count(totals.inRange)}/${count(totals.grids)}`}
        label={t("inRangeUnit")}
        about={{ ...made.host.about, rule: t("range", { min, max }) }}
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
      <p class="gm-quiet-text">{frozen.value ? t("plan-under-review") : `${t(`h_${tool.value}`)} ${still()}`}</p>
      {selected.value >= 0 ? <Row slot={selected.value} /> : null}
    </>
  );
}

/** How the map is moved while a tool takes what the hand does. */
function still(): string {
  if (!["brush", "lasso", "line", "new", "carry"].includes(tool.value)) return "";
  return t(matchMedia("(pointer: coarse)").matches ? "fingers" : "space");
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
      {seen ? (
        <p class="gm-edit-saved" data-testid="seen" data-revision={seen.revision}>
          {t("others", { who: seen.self ? t("anotherTab") : seen.user, grids: named(seen.grids) })}
        </p>
      ) : null}
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
