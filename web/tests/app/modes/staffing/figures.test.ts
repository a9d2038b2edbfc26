import { expect, test } from "vitest";

import { type Community, type GridStaff, short, thin } from "../../../../src/app/modes/staffing/figures";

const grid = (code: string, vacant: boolean, shared: boolean): GridStaff => {
  return { grid: code, code, name: null, community: "1", vacant, shared, grid_worker: vacant ? 0 : 1, cadre_liaison: 1, posting: 0 };
};
const community = (code: string, gap: number | null): Community => {
  return { code, name: code, bbox: null, residents: 1, needed: 1, present: 1, gap, leaders: 1, grids: 1, vacant: 0, shared: 0 };
};

test("vacant grids come before those that share, others are not listed", () => {
  const rows = [grid("1", false, true), grid("3", true, false), grid("2", true, false), grid("0", false, false)];
  expect(thin(rows).map((row) => row.code)).toEqual(["2", "3", "1"]);
});

test("the largest gap comes first; what is held back or enough is not listed", () => {
  const rows = [community("1", 1), community("2", 3), community("3", null), community("4", 0), community("5", -2)];
  expect(short(rows).map((row) => row.code)).toEqual(["2", "1"]);
});
