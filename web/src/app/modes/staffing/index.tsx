// Who works where: vacancies, liaison, and workers for the residents.

import { signal } from "@preact/signals";
import type { LayerSpecification } from "maplibre-gl";
import type { JSX } from "preact";

import { tokens } from "../../../tokens";
import { get } from "../../api/client";
import type { MapView } from "../../map/view";
import { grids } from "../../stores/plan";
import { select } from "../../stores/selection";
import type { Theme } from "../../stores/theme";
import { type Explained, Figure, RankedList } from "../../ui/parts";
import { count, say } from "../../words/words";
import { quieten } from "../compounds/quiet";
import { short, type Staffing, thin } from "./figures";
import { t } from "./words";

const staffing = signal<Staffing | null>(null);

function Kinds({ told }: { told: Staffing }): JSX.Element {
  return (
    <>
      {told.kinds.slice(1).map((kind) => (
        <Figure
          key={kind.kind}
          label={say(kind)}
          value={
            kind.every && kind.kind !== "community_worker"
              ? t("holders", { holders: count(kind.holders), places: count(kind.places) })
              : count(kind.holders)
          }
          unit={kind.vacant > 0 ? t("vacancies", { n: count(kind.vacant) }) : ""}
          about={{ basis: t("basis"), date: told.on, source: kind.source, rule: kind.every ? t("each") : t("several") }}
        />
      ))}
    </>
  );
}

function Panel({ map }: { map: MapView }): JSX.Element {
  const told = staffing.value;
  const workers = told?.kinds[0];
  if (!told || !workers) return <p class="gm-quiet-text">{t("loading")}</p>;
  const about: Explained = { basis: t("basis"), date: told.on, source: workers.source, rule: t("each") };
  const ratio = t("ratio", { n: told.per_10000 });
  return (
    <>
      <Figure
        size="headline"
        value={t("headline", { good: count(workers.holders), all: count(workers.places) })}
        label={t("workers")}
        about={about}
      />
      <Kinds told={told} />
      <h3>{t("grids")}</h3>
      <RankedList
        label={t("grids")}
        empty={t("none")}
        rows={thin(told.grids).map((row) => ({
          id: row.grid,
          name: row.name ?? row.code,
          note: told.communities.find((one) => one.code === row.community)?.name ?? "",
          value: row.vacant ? t("vacant") : t("shared"),
          sign: row.vacant ? "!" : "÷",
          tone: row.vacant ? "over" : "unknown",
        }))}
        onPoint={(grid, on) => {
          map.flash(grid, on);
        }}
        onChoose={(grid) => {
          select(grid);
          map.toGrid(grid);
        }}
      />
      <h3 title={ratio}>{t("short")}</h3>
      <p class="gm-quiet-text">{ratio}</p>
      <RankedList
        label={t("short")}
        empty={t("enough")}
        rows={short(told.communities).map((row) => ({
          id: row.code,
          name: row.name,
          value: t("present", { present: count(row.present), needed: count(row.needed) }),
          sign: "▾",
          tone: "under",
        }))}
        onChoose={(code) => {
          const box = told.communities.find((row) => row.code === code)?.bbox;
          if (box) map.fly(box);
        }}
      />
    </>
  );
}

function layers(theme: Theme): LayerSpecification[] {
  const { vacant, shared } = tokens.staffing;
  const color = ["match", ["get", "look"], "vacant", vacant[theme], shared[theme]] as unknown as string;
  return [{ id: "staffing-fill", type: "fill", source: "staffing", paint: { "fill-color": color, "fill-opacity": 0.7 } }];
}

/** Draw the grids that have no worker of their own. */
function enter(map: MapView): () => void {
  let gone = false;
  const loud = quieten(map);
  void get<Staffing>("/api/v1/staffing/places").then((told) => {
    if (gone) return;
    staffing.value = told;
    const looks = new Map(thin(told.grids).map((row) => [row.grid, row.vacant ? "vacant" : "shared"]));
    const features = (grids.value?.features ?? []).flatMap((one) => {
      const look = looks.get(String(one.properties?.["grid"]));
      return look === undefined ? [] : [{ ...one, properties: { look } }];
    });
    const data = { type: "FeatureCollection" as const, features };
    map.addLayers("staffing", { sources: { staffing: { type: "geojson", data } }, layers });
  });
  return () => {
    gone = true;
    loud();
    map.removeLayers("staffing");
  };
}

export default { Panel, enter };
