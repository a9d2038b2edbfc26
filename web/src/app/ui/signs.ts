// The lines of the legend that stand for the grids: their status, and the borders around them.

import { tokens } from "../../tokens";
import type { Entry } from "../modes/mode";
import { live } from "../stores/live";
import { balance } from "../stores/plan";
import { theme } from "../stores/theme";
import { t } from "../words/shell";

const STATUSES = ["under", "in_range", "over"] as const;

/** Return a line for each status of the grids, with how many have it. */
export function statuses(): Entry[] {
  const totals = balance.value?.totals;
  if (!totals) return [];
  const { special } = tokens.status;
  const counts = live.value ?? totals;
  const of = (status: (typeof STATUSES)[number]): Entry => ({
    shape: "area",
    colour: tokens.status[status][theme.value],
    label: `${tokens.status[status].sign} ${t(status)}`,
    value: String(counts[status]),
  });
  return [
    ...STATUSES.map(of),
    { shape: "hatch", colour: special[theme.value], label: `${special.sign} ${t("special")}`, value: String(totals.special_grids) },
  ];
}

/** Return the lines of the borders that every mode shows. */
export function borders(): Entry[] {
  const colour = tokens.grid.boundary[theme.value];
  return [
    { shape: "line", colour, label: t("community") },
    { shape: "line", colour, label: t("subdistrict"), sign: "wide" },
  ];
}
