import { describe, expect, it } from "vitest";

import {
  builtIn, type Coverage, type GridReach, PEOPLE, reached, share, type Shares, spotsIn, standing, type Told,
} from "../../../../src/app/modes/coverage/figures";
import { minutesOf } from "../../../../src/app/modes/coverage/state";
import { sitesOf } from "../../../../src/app/modes/coverage/site";
import type { Node } from "../../../../src/app/stores/drill";

const people = (all: number | null, covered: number | null): Told =>
  Object.fromEntries(PEOPLE.flatMap((who) => [[who, all], [`${who}_covered`, covered]])) as Told;
const place = (level: Node["level"], code: string, communities: string[]): Node => ({ level, code, name: code, box: null, communities });
const grid = (id: string, community: string, all: number, covered: number): GridReach => ({
  grid: id, code: id, name: null, community, buildings: 2, buildings_covered: 1, ...people(all, covered),
});
const spot = (rank: number, community: string) => ({
  rank, community, community_name: community, households: 10, unknown_buildings: 0, buildings: 1, reason: "distance",
  nearest_m: 100, lon: 0, lat: 0,
});

const told: Coverage = {
  kind: "canteen",
  limit: { minutes: 15, limit_m: 990, elder_limit_m: 720, speed_m_per_min: 66, elder_speed_m_per_min: 48, verified: false },
  facilities: 1,
  totals: people(100, 30),
  grids: [grid("g1", "c1", 40, 20), grid("g2", "c1", 10, 0), grid("g3", "c2", 50, 10)],
  communities: [{ community: "c1", ...people(50, 20) }, { community: "c2", ...people(50, 10) }, { community: "c3", ...people(8, null) }],
  hot_spots: [spot(1, "c2"), spot(2, "c1")],
};

describe("who is reached", () => {
  it("is told of the city, of subdistricts by their communities, and of grids", () => {
    expect(reached(told, place("city", "", ["c1", "c2"]), "households")).toEqual({ all: 100, covered: 30 });
    expect(reached(told, place("subdistrict", "s", ["c1", "c2"]), "children")).toEqual({ all: 100, covered: 30 });
    expect(reached(told, place("grid", "g3", ["c2"]), "households")).toEqual({ all: 50, covered: 10 });
    expect(reached(told, place("grid", "nope", ["c2"]), "households")).toEqual({ all: null, covered: null });
  });

  it("is not told where a part is held back", () => {
    const made = reached(told, place("subdistrict", "s", ["c1", "c3"]), "elders_60");
    expect(made).toEqual({ all: 58, covered: null });
    expect(share(made)).toBeNull();
    expect(share({ all: 0, covered: 0 })).toBeNull();
    expect(share({ all: 8, covered: 2 })).toBe(0.25);
  });

  it("names the hot spots of a place in their order", () => {
    expect(spotsIn(told, place("city", "", [])).map((one) => one.rank)).toEqual([1, 2]);
    expect(spotsIn(told, place("community", "c1", ["c1"])).map((one) => one.rank)).toEqual([2]);
  });
});

it("counts buildings by circle for those who see no people", () => {
  const grids = [
    { grid: "g1", code: "g1", community: "c1", buildings: 9, covered: [1, 4, 9] },
    { grid: "g3", code: "g3", community: "c2", buildings: 5, covered: [0, 0, 1] },
  ];
  const shares = { grids } as unknown as Shares;
  expect(builtIn(shares, place("city", "", ["c1", "c2"]), 2)).toEqual({ all: 14, covered: 10 });
  expect(builtIn(shares, place("community", "c1", ["c1"]), 1)).toEqual({ all: 9, covered: 4 });
});

it("draws a facility of several doors once, between them", () => {
  const doors = [{ id: "F1", name: "a", lon: 1, lat: 2 }, { id: "F2", name: "b", lon: 5, lat: 5 }, { id: "F1", name: "a", lon: 3, lat: 4 }];
  expect(standing(doors)).toEqual([{ id: "F1", name: "a", lon: 2, lat: 3 }, { id: "F2", name: "b", lon: 5, lat: 5 }]);
});

it("takes minutes that can be walked only", () => {
  expect(["7", "12.4", "60"].map(minutesOf)).toEqual([7, 12, 60]);
  expect([null, "", "0", "61", "x"].map(minutesOf)).toEqual([null, null, null, null, null]);
});

it("reads the sites of whom they are for, and keeps back what is held back", () => {
  const rows = [{ step: 1, id: "C1", name: "甲", lon: 1, lat: 2, children_gained: 40 }, { step: 2, id: "C2", name: null, lon: 1, lat: 2, children_gained: null }];
  expect(sitesOf(rows, "children").map((one) => [one.step, one.name, one.gained])).toEqual([[1, "甲", 40], [2, null, null]]);
});
