import { describe, expect, it } from "vitest";

import type { City, GridRow, Place } from "../../../src/app/api/types";
import { partsOf, trailOf, within } from "../../../src/app/stores/drill";

const community = (code: string): Place => ({ level: "community", code, name: `社区${code}`, bbox: [0, 0, 1, 1], children: [] });
const tops: Place[] = [
  { level: "subdistrict", code: "s1", name: "街道一", bbox: null, children: [community("c1"), community("c2")] },
  { level: "subdistrict", code: "s2", name: "街道二", bbox: null, children: [community("c3")] },
];
const made = { name: "城", bounds: [0, 0, 9, 9] } as unknown as City;
const row = (grid: string, of: string): GridRow => ({ grid, code: grid, name: null, community: of }) as unknown as GridRow;
const grids = [row("g1", "c1"), row("g2", "c2"), row("g3", "c3")];

describe("the way down", () => {
  it("leads from the city over the subdistrict to the community", () => {
    expect(trailOf(made, tops, "c2").map((one) => one.code)).toEqual(["", "s1", "c2"]);
    expect(trailOf(made, tops, "s2").map((one) => one.level)).toEqual(["city", "subdistrict"]);
  });

  it("stays in the city for a code that is not there", () => {
    expect(trailOf(made, tops, "gone").map((one) => one.code)).toEqual([""]);
    expect(trailOf(null, [], null)[0].name).toBe("");
  });

  it("shows what each place consists of, grids at its end", () => {
    const at = (code: string | null) => partsOf(trailOf(made, tops, code), tops, grids).map((one) => [one.level, one.code]);
    expect(at(null)).toEqual([["subdistrict", "s1"], ["subdistrict", "s2"]]);
    expect(at("s1")).toEqual([["community", "c1"], ["community", "c2"]]);
    expect(at("c1")).toEqual([["grid", "g1"]]);
  });

  it("begins with communities where there are no subdistricts", () => {
    const flat = [community("c1"), community("c2")];
    expect(partsOf(trailOf(made, flat, null), flat, grids).map((one) => one.code)).toEqual(["c1", "c2"]);
    expect(trailOf(made, flat, "c2").map((one) => one.code)).toEqual(["", "c2"]);
  });

  it("finds the rows that a place holds", () => {
    const [whole, first] = trailOf(made, tops, "s1");
    expect(within(whole, grids)).toHaveLength(3);
    expect(first && within(first, grids).map((one) => one.grid)).toEqual(["g1", "g2"]);
  });
});
