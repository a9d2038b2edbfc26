// Who reaches a facility: figures as the server releases them, summed up for the places on the way down.

import type { Node } from "../../stores/drill";
import { within } from "../../stores/drill";

export const PEOPLE = ["households", "elders_60", "elders_80", "children"] as const;
export type Who = (typeof PEOPLE)[number];

/** People of a kind: all, and covered. Null: held back. */
export type Told = Record<Who | `${Who}_covered`, number | null>;

export interface GridReach extends Told {
  grid: string;
  code: string;
  name: string | null;
  community: string;
  buildings: number;
  buildings_covered: number;
}

export interface HotSpot {
  rank: number;
  community: string;
  community_name: string;
  households: number | null;
  unknown_buildings: number;
  buildings: number;
  reason: string;
  nearest_m: number | null;
  lon: number;
  lat: number;
}

export interface Limit {
  minutes: number | null;
  limit_m: number;
  elder_limit_m: number;
  speed_m_per_min: number;
  elder_speed_m_per_min: number;
  verified: boolean;
}

export interface Coverage {
  kind: string;
  limit: Limit;
  facilities: number;
  totals: Told;
  grids: GridReach[];
  communities: (Told & { community: string })[];
  hot_spots: HotSpot[];
}

export interface Shares {
  kind: string;
  facilities: { id: string; name: string; lon: number; lat: number }[];
  circles: { minutes: number; metres: number; elder_metres: number; shares: Record<Who, number | null> }[];
  speed_m_per_min: number;
  elder_speed_m_per_min: number;
  verified: boolean;
  grids: { grid: string; code: string; community: string; buildings: number; covered: number[] }[];
}

export interface Reached {
  all: number | null;
  covered: number | null;
}

/** Return the people of a kind who live in a place, all and covered. */
export function reached(told: Coverage, place: Node, who: Who): Reached {
  const of = (row: Told): Reached => ({ all: row[who], covered: row[`${who}_covered`] });
  if (place.level === "city") return of(told.totals);
  if (place.level === "grid") {
    const row = told.grids.find((one) => one.grid === place.code);
    return row ? of(row) : { all: null, covered: null };
  }
  const held = new Set(place.communities);
  const rows = told.communities.filter((one) => held.has(one.community)).map(of);
  const sum = (values: (number | null)[]) =>
    values.reduce<number | null>((total, one) => (total === null || one === null ? null : total + one), 0);
  return { all: sum(rows.map((one) => one.all)), covered: sum(rows.map((one) => one.covered)) };
}

/** Return covered of all, from 0 to 1; null where either is held back or there is nobody. */
export function share({ all, covered }: Reached): number | null {
  return all === null || covered === null || all === 0 ? null : covered / all;
}

/** Return the buildings in a place, all and those within a circle; of grids, without people. */
export function builtIn(told: Shares, place: Node, circle: number): Reached {
  const rows = within(place, told.grids);
  const sum = (of: (row: Shares["grids"][number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  return { all: sum((row) => row.buildings), covered: sum((row) => row.covered[circle] ?? 0) };
}

/** Return the clusters of households that are not covered in a place, the largest first. */
export function spotsIn(told: Coverage, place: Node): HotSpot[] {
  if (place.level === "city") return told.hot_spots;
  const held = new Set(place.communities);
  return told.hot_spots.filter((one) => held.has(one.community));
}

/** Return each facility once, in the middle of its doors. */
export function standing(facilities: Shares["facilities"]): Shares["facilities"] {
  const doors = new Map<string, Shares["facilities"]>();
  for (const one of facilities) doors.set(one.id, [...(doors.get(one.id) ?? []), one]);
  return [...doors.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const mean = (of: "lon" | "lat") => all.reduce((sum, one) => sum + one[of], 0) / all.length;
    return [{ ...first, lon: mean("lon"), lat: mean("lat") }];
  });
}
