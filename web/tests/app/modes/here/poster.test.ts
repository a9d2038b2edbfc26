import { describe, expect, it } from "vitest";

import { gridOf } from "../../../../src/app/modes/here/poster";

const KNOWN = new Set(["141182001001003", "141182001001", "east-1"]);

describe("a poster's code", () => {
  it.each([
    ["https://fenyang.example/?mode=here&grid=141182001001003", "141182001001003"],
    ["https://fenyang.example/g/141182001001003", "141182001001003"],
    ["https://fenyang.example/?code=141182001001003#18/37/111", "141182001001003"],
    ["https://fenyang.example/#/grids/141182001001003", "141182001001003"],
    ["141182001001003", "141182001001003"],
    [" 网格编号　141182001001003\n", "141182001001003"],
    ["https://fenyang.example/g/east-1", "east-1"],
    ["https://fenyang.example/g/141182001001004", null],
    ["https://evil.example/?grid=javascript:alert(1)", null],
    ["WIFI:T:WPA;S:home;P:secret;;", null],
    ["https://fenyang.example/%E0%A4%A", null],
    ["", null],
    ["1".repeat(600), null],
  ])("%s names %s", (text, code) => {
    expect(gridOf(text, KNOWN)).toBe(code);
  });

  it("names the grid, not the community that its code begins with", () => {
    expect(gridOf("141182001001 141182001001003", KNOWN)).toBe("141182001001003");
  });
});
