// Balance: how many grids have as many households as they should, in the city and on the way down to each.

import type { JSX } from "preact";

import type { GridRow } from "../../api/types";
import type { MapView } from "../../map/view";
import { city } from "../../stores/city";
import { type Node, parts, trail, within } from "../../stores/drill";
import { balance } from "../../stores/plan";
import { select } from "../../stores/selection";
import { Drill, Trail } from "../../ui/Drill";
import { type Explained, Figure, Histogram, RankedList } from "../../ui/parts";
import { count } from "../../words/words";
import { bars, summed, worst } from "./figures";
import { t } from "./words";

const SIGN = { under: "▾", over: "▴", in_range: "✓", unknown: "?", special: "◇" } as const;

/** Return what the households' figures rest on. */
function explained(): Explained {
  const made = city.value;
  const range = balance.value?.totals;
  return {
    basis: made?.households_basis,
    date: made?.households_as_of,
    source: t("source"),
    rule: range ? t("rule", { low: range.min_households, high: range.max_households }) : null,
  };
}

function Worst({ grids, map }: { grids: readonly GridRow[]; map: MapView }): JSX.Element {
  return (
    <RankedList
      label={t("worst")}
      empty={t("allGood")}
      rows={worst(grids).map((row) => ({
        id: row.grid,
        name: row.name ?? row.code,
        note: row.community_name,
        value: row.households_suppressed ? t("few") : count(row.households),
        sign: SIGN[row.status],
        tone: row.status,
      }))}
      onPoint={(grid, on) => {
        map.flash(grid, on);
      }}
      onChoose={(grid) => {
        select(grid);
        map.toGrid(grid);
      }}
    />
  );
}

/** Return the cells of a place: of a grid its status, of others how many of their grids are in range. */
function cells(place: Node, grids: readonly GridRow[]): Record<string, JSX.Element | string> {
  const held = within(place, grids);
  const { grids: all, inRange, households } = summed(held);
  const [grid] = place.level === "grid" ? held : [];
  const good = grid ? <span class={`gm-tone-${grid.status}`}>{SIGN[grid.status]}</span> : t("headline", { good: count(inRange), all: count(all) });
  return { good, households: grid?.households_suppressed ? t("few") : count(households) };
}

function Panel({ map }: { map: MapView }): JSX.Element {
  const made = balance.value;
  if (!made) return <p class="gm-quiet-text">{t("none")}</p>;
  const { totals } = made;
  const here = trail.value.at(-1) ?? trail.value[0];
  const grids = within(here, made.grids);
  const { grids: all, inRange, households } = summed(grids);
  const window = [totals.min_households, totals.max_households] as const;
  const leaf = parts.value[0]?.level === "grid";
  return (
    <>
      <Trail map={map} />
      <Figure
        size="headline"
        value={t("headline", { good: count(inRange), all: count(all) })}
        label={t("inRange")}
        about={explained()}
      />
      <Figure label={t("households")} value={count(households)} unit={t("unit")} about={explained()} />
      <Histogram label={t("histogram")} bars={bars(grids, window)} window={window} />
      <h3>{t("worst")}</h3>
      <Worst grids={grids} map={map} />
      <h3>{t("parts")}</h3>
      <Drill
        map={map}
        of={(place) => cells(place, made.grids)}
        columns={[
          leaf ? { id: "good", label: t("status") } : { id: "good", label: t("good"), about: t("goodAbout") },
          { id: "households", label: t("households") },
        ]}
      />
    </>
  );
}

export default { Panel, enter: () => () => undefined };
