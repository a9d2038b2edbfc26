// The figures of balance, from the grids' rows.

import type { GridRow } from "../../api/types";
import type { Bar } from "../../ui/parts";

/** Return the resident grids farthest out of range, farthest first. */
export function worst(grids: readonly GridRow[], most = 10): GridRow[] {
  const out = grids.filter((row) => row.status === "under" || row.status === "over");
  const far = (row: GridRow) => Math.abs(row.distance ?? 0);
  return out.sort((a, b) => far(b) - far(a) || (a.code < b.code ? -1 : 1)).slice(0, most);
}

/** Return how many resident grids have how many households, in steps that meet at the ends of the range. */
export function bars(grids: readonly GridRow[], [low, high]: readonly [number, number], step = 50): Bar[] {
  const known = grids.flatMap((row) => (row.kind === "resident" && row.households !== null ? [row.households] : []));
  const most = Math.max(high + step, ...known);
  const made: Bar[] = [];
  for (let from = 0; from <= most; from += step) {
    const to = from + step;
    const held = known.filter((value) => value >= from && value < to).length;
    const tone = to <= low ? "under" : from >= high ? "over" : "in_range";
    made.push({ from, to, count: held, tone });
  }
  return made;
}

export interface Sum {
  grids: number;
  inRange: number;
  /** Null where a grid's are held back, or not known. */
  households: number | null;
}

/** Sum up grids: how many are resident and in range, and the households of all. */
export function summed(grids: readonly GridRow[]): Sum {
  const resident = grids.filter((row) => row.kind === "resident");
  return {
    grids: resident.length,
    inRange: resident.filter((row) => row.status === "in_range").length,
    households: grids.reduce<number | null>(
      (sum, row) => (sum === null || row.households === null ? null : sum + row.households),
      0,
    ),
  };
}
