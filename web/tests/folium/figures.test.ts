import { describe, expect, it } from "vitest";

import { depth, histogram, totals, worst } from "../../src/folium/figures";
import { sampleDocument } from "./fixture";

const document = sampleDocument();
const [before, after] = document.plans.map((plan) => plan.grids);
if (!before || !after) throw new Error("the fixture has two plans");

describe("totals", () => {
  it("leave special grids out and count what is unknown", () => {
    const all = totals(before);
    expect(all).toMatchObject({ resident: 3, special: 1, households: 1150, unknownBuildings: 2 });
    expect(all.counts).toEqual({ under: 1, in_range: 0, over: 1, unknown: 1, special: 1 });
  });

  it("of a plan in range", () => {
    expect(totals(after).counts.in_range).toBe(3);
  });
});

describe("worst", () => {
  it("lists what is farthest out of range first, and nothing that is in range or unknown", () => {
    expect(worst(before)).toEqual([1, 0]);
    expect(worst(after)).toEqual([]);
  });

  it("takes no more than asked and breaks ties by code", () => {
    const tied = { ...before, distance: [400, 400, 0, 0] };
    expect(worst(tied)).toEqual([0, 1]);
    expect(worst(tied, 1)).toEqual([0]);
  });
});

describe("histogram", () => {
  it("has edges at the window's limits and counts each resident grid of known households once", () => {
    const bins = histogram(before, [300, 500]);
    expect(bins.map((bin) => bin.from)).toContain(300);
    expect(bins.map((bin) => bin.from)).toContain(500);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(2);
  });

  it("keeps both limits in range", () => {
    const bins = histogram(after, [300, 500]);
    expect(bins.filter((bin) => bin.status !== "in_range").every((bin) => bin.count === 0)).toBe(true);
    expect(bins.filter((bin) => bin.count > 0).reduce((sum, bin) => sum + bin.count, 0)).toBe(3);
  });

  it("takes a window whose limits are no multiples of its width, or are equal", () => {
    const odd = histogram(before, [310, 470]);
    expect(odd.find((bin) => bin.status === "in_range")?.from).toBe(310);
    expect(odd.every((bin) => bin.from < bin.to)).toBe(true);
    expect(histogram(before, [400, 400]).length).toBeGreaterThan(1);
  });
});

it("depth grows with the distance and ends at 1", () => {
  expect(depth(0, [300, 500])).toBe(0);
  expect(depth(75, [300, 500])).toBe(0.5);
  expect(depth(-75, [300, 500])).toBe(0.5);
  expect(depth(9000, [300, 500])).toBe(1);
});
