// Balance: how many grids have as many households as they should.

import type { JSX } from "preact";

import type { GridRow } from "../../api/types";
import type { MapView } from "../../map/view";
import { city } from "../../stores/city";
import { balance } from "../../stores/plan";
import { select } from "../../stores/selection";
import { type Explained, Figure, Histogram, RankedList } from "../../ui/parts";
import { count } from "../../words/words";
import { bars, worst } from "./figures";
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

function named(row: GridRow): string {
  return row.name ?? row.code;
}

function Panel({ map }: { map: MapView }): JSX.Element {
  const made = balance.value;
  if (!made) return <p class="gm-quiet-text">{t("none")}</p>;
  const { totals, grids } = made;
  const window = [totals.min_households, totals.max_households] as const;
  return (
    <>
      <Figure
        size="headline"
        value={t("headline", { good: count(totals.in_range), all: count(totals.grids) })}
        label={t("inRange")}
        about={explained()}
      />
      <Histogram label={t("histogram")} bars={bars(grids, window)} window={window} />
      <h3>{t("worst")}</h3>
      <RankedList
        label={t("worst")}
        empty={t("allGood")}
        rows={worst(grids).map((row) => ({
          id: row.grid,
          name: named(row),
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
    </>
  );
}

export default { Panel, enter: () => () => undefined };
