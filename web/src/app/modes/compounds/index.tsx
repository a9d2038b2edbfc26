// Compounds with and without a party organisation and a station.

import type { JSX } from "preact";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import { type Explained, Figure, RankedList } from "../../ui/parts";
import { count } from "../../words/words";
import { type Compound, lacking, served } from "./figures";
import { compounds, draw, fly } from "./store";
import { t } from "./words";

const LOOKS = { in_range: tokens.status.in_range, over: tokens.status.over };

function look(row: Compound): string {
  return row.organisation === null || row.stations.length === 0 ? "over" : "in_range";
}

function lacks(row: Compound): string {
  const missing = [row.organisation === null ? t("noOrganisation") : "", row.stations.length === 0 ? t("noStation") : ""];
  return missing.filter((text) => text !== "").join(" · ");
}

function Panel({ map }: { map: MapView }): JSX.Element {
  const told = compounds.value;
  if (!told) return <p class="gm-quiet-text">{t("loading")}</p>;
  const rows = told.features.map((one) => one.properties);
  const made = served(rows);
  const about: Explained = { basis: t("records"), date: told.on, source: told.source, rule: t("orgRule") };
  const stations: Explained = { ...about, basis: t("layer"), source: t("layer"), rule: t("stationRule") };
  const value = (good: number) => t("headline", { good: count(good), all: count(made.all) });
  return (
    <>
      <Figure size="headline" value={value(made.organised)} label={t("organised")} about={about} />
      <Figure value={value(made.stationed)} label={t("stationed")} about={stations} />
      <Figure value={count(made.organisations)} label={t("organisations")} about={about} />
      <h3>{t("lacking")}</h3>
      <RankedList
        label={t("lacking")}
        empty={t("complete")}
        rows={lacking(rows).map((row) => ({
          id: row.id,
          name: row.name ?? row.id,
          note: row.community_name ?? "",
          value: lacks(row),
          sign: "▴",
          tone: "over",
        }))}
        onChoose={(id) => {
          fly(map, id);
        }}
      />
    </>
  );
}

export default { Panel, enter: (map: MapView) => draw(map, "compounds", look, LOOKS) };
