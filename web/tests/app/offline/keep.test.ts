import { describe, expect, it } from "vitest";

import { keyOf, nearestKept, ruleOf, surplus } from "../../../src/app/offline/keep";

const OWN = "https://fenyang.example";
const rule = (path: string, method = "GET", mode = ""): string => ruleOf(method, new URL(path, OWN), OWN, mode);

describe("what is kept for when there is no network", () => {
  it.each([
    ["/app/assets/main-abc.js", "app"],
    ["/api/v1/city", "data"],
    ["/api/v1/plans/present/grids", "data"],
    ["/api/v1/around?lon=111.788&lat=37.265", "data"],
    ["/api/v1/where?lon=111.788&lat=37.265", "data"],
    ["/api/v1/tiles/base/14/13278/6356.mvt", "data"],
    ["/api/v1/tiles/base.json", "data"],
    ["/api/v1/session", "network"],
    ["/api/v1/matters", "network"],
    ["/api/v1/matters/board?kind=request", "network"],
    ["/api/v1/duties", "network"],
    ["/api/v1/organisations", "network"],
    ["/api/v1/grids/141182001001003/record", "network"],
    ["/api/v1/plans/present/cells", "network"],
    ["/api/v1/plans/present/events", "network"],
    ["/api/v1/accounts", "network"],
    ["/rate/abc", "network"],
    ["/map", "network"],
    ["https://tiles.example/app/assets/x.js", "network"],
  ])("%s comes by the rule %s", (path, said) => {
    expect(rule(path)).toBe(said);
  });

  it("never answers what changes something", () => {
    expect(rule("/api/v1/plans", "POST")).toBe("network");
    expect(rule("/app/assets/main.js", "DELETE")).toBe("network");
  });

  it("gives the page itself when it is opened", () => {
    expect(rule("/?mode=here", "GET", "navigate")).toBe("app");
    expect(rule("/?mode=here")).toBe("network");
  });

  it("finds the same place again, whenever it was", () => {
    const key = (path: string): string => keyOf(new URL(path, OWN));
    expect(key("/api/v1/around?lon=111.78801&lat=37.26502&at=2026-03-02")).toBe(key("/api/v1/around?lon=111.78799&lat=37.26498"));
    expect(key("/api/v1/around?lon=111.788&lat=37.265")).not.toBe(key("/api/v1/around?lon=111.789&lat=37.265"));
    expect(key("/api/v1/city#x")).toBe(`${OWN}/api/v1/city`);
  });

  it("finds what is kept of a place nearby, of the same question only", () => {
    const at = (lon: number, what = "where"): string => `${OWN}/api/v1/${what}?lon=${lon}&lat=37.265`;
    const kept = [at(111.7882), at(111.7881), at(111.788, "around"), at(111.9), `${OWN}/api/v1/city`];
    expect(nearestKept(new URL(at(111.788)), kept)).toBe(at(111.7881)); // 9 m off
    expect(nearestKept(new URL(at(111.7877)), kept)).toBeNull(); // 35 m off
    expect(nearestKept(new URL(`${OWN}/api/v1/city`), kept)).toBeNull();
  });

  it("lets the oldest go", () => {
    expect(surplus([1, 2, 3, 4], 3)).toEqual([1]);
    expect(surplus([1, 2], 3)).toEqual([]);
  });
});
