// How far the renovation of old compounds is.

import type { JSX } from "preact";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import { type Explained, Figure, RankedList } from "../../ui/parts";
import { count, say } from "../../words/words";
import { atStage, renewed } from "../compounds/figures";
import { compounds, draw, fly } from "../compounds/store";
import { t } from "./words";

const DONE = "accepted";
const LOOKS = {
  none: tokens.base.building,
  surveyed: tokens.matter.stage_1,
  designed: tokens.matter.stage_2,
  building: tokens.matter.stage_3,
  accepted: tokens.matter.stage_5,
};

function Panel({ map }: { map: MapView }): JSX.Element {
  const told = compounds.value;
  if (!told) return <p class="gm-quiet-text">{t("loading")}</p>;
  const rows = told.features.map((one) => one.properties);
  const stages = atStage(rows, told.stages);
  const all = stages.reduce((sum, { works }) => sum + works, 0);
  const done = stages.find(({ stage }) => stage.id === DONE)?.works ?? 0;
  const about: Explained = { basis: t("basis"), date: told.on, source: t("source"), rule: t("rule") };
  const listed = renewed(rows, told.stages);
  const named = new Map(told.stages.map((stage) => [stage.id, stage]));
  return (
    <>
      <Figure
        size="headline"
        value={t("headline", { good: count(done), all: count(all) })}
        label={t("accepted")}
        about={about}
      />
      <Figure value={count(listed.length)} label={t("compounds")} about={about} />
      {stages.map(({ stage, works }) => (
        <Figure key={stage.id} value={count(works)} label={say(stage)} about={about} />
      ))}
      <h3>{t("list")}</h3>
      <RankedList
        label={t("list")}
        empty={t("none")}
        rows={listed.slice(0, 15).map((row) => {
          const late = row.works.some((work) => work.overdue);
          const stage = named.get(row.stage ?? "");
          return {
            id: row.id,
            name: row.name ?? row.id,
            note: `${stage ? say(stage) : ""}${late ? ` · ${t("late")}` : ""}`,
            value: t("works", { n: row.works.length }),
            sign: late ? "!" : "·",
            tone: late ? "over" : "unknown",
          };
        })}
        onChoose={(id) => {
          fly(map, id);
        }}
      />
    </>
  );
}

export default { Panel, enter: (map: MapView) => draw(map, "renovation", (row) => row.stage ?? "none", LOOKS) };
