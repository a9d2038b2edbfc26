import { describe, expect, it } from "vitest";

import { roundScale } from "../../src/folium/furniture";
import { pixelsPerMetre, world } from "../../src/folium/mercator";
import { State } from "../../src/folium/state";
import { nearestStop } from "../../src/folium/shell";
import { area, basisName, count, facilityLook, figure, fullName, HELD, shortName, words } from "../../src/folium/text";
import { pairs, variables } from "../../src/folium/theme";
import { sampleDocument } from "./fixture";

describe("figures in words", () => {
  it("tell unknown, held back and zero apart", () => {
    expect(figure(null, "zh")).toBe("不明");
    expect(figure(null, "en")).toBe("unknown");
    expect(figure(-1, "zh")).toBe(HELD);
    expect(figure(0, "zh")).toBe("0");
    expect(figure(12345, "zh")).toBe("12,345");
    expect(count(1_000_000)).toBe("1,000,000");
  });

  it("grids without a name are new ones, told apart by number", () => {
    const [plan] = sampleDocument("社区").plans;
    if (!plan) throw new Error("the fixture has plans");
    const grids = { ...plan.grids, name: ["", "好社区第2网格"], short: ["", "第2网格"], number: ["7", ""] };
    expect([shortName(grids, 0, "zh"), shortName(grids, 1, "zh"), shortName(grids, 0, "en")]).toEqual(["新网格 7", "第2网格", "new grid 7"]);
    expect(fullName(grids, 0, "zh")).toBe("社区新网格 7");
    expect(fullName(grids, 1, "zh")).toBe("好社区第2网格");
    expect(fullName({ ...grids, community: ["KIM KEAT"] }, 0, "zh")).toBe("KIM KEAT 新网格 7");
  });

  it("areas in hectares, then square kilometres", () => {
    expect(area(45_000)).toBe("4.5 ha");
    expect(area(2_000_000)).toBe("2.00 km²");
  });

  it("both languages have the same words", () => {
    expect(Object.keys(words("zh"))).toEqual(Object.keys(words("en")));
  });

  it("kinds and bases that are unknown have a fallback, whatever they are called", () => {
    expect(facilityLook("canteen").glyph).toBe("餐");
    for (const name of ["__proto__", "constructor", "nothing"]) expect(facilityLook(name).glyph).toBe("●");
    expect(basisName("dwelling", "zh")).toBe("住宅套数");
    expect(basisName("else", "zh")).toBe("else");
  });
});

describe("theme", () => {
  it("has each colour twice", () => {
    const all = pairs();
    expect(all.get("status-in-range")).toMatchObject({ light: "#c7e3c0", dark: "#4f7a4a" });
    expect(all.get("grid-boundary")).toBeDefined();
    for (const pair of all.values()) expect(`${pair.light}${pair.dark}`).toMatch(/^(#[0-9a-f]{6}){2}$/);
    expect(variables()).toContain("--status-under:#2c7fb8;");
    expect(variables()).toContain("prefers-color-scheme:dark");
  });

  it("text is readable on what it stands on, light and dark", () => {
    const channel = (hex: string, at: number): number => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    const light = (hex: string): number => 0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);
    const contrast = (a: string, b: string): number => {
      const [high = 0, low = 0] = [light(a), light(b)].sort((one, other) => other - one);
      return (high + 0.05) / (low + 0.05);
    };
    const all = pairs();
    for (const [ink, ground] of [
      ["ui-text", "ui-surface"],
      ["ui-text", "ui-sunken"],
      ["ui-muted", "ui-surface"],
      ["ui-muted", "ui-sunken"],
      ["ui-badge", "ui-badge-ground"],
      ["ui-facility-text", "ui-facility"],
      ["base-name", "base-halo"],
      ["ui-text", "base-halo"],
    ] as const) {
      for (const side of ["light", "dark"] as const) {
        const ratio = contrast(all.get(ink)?.[side] ?? "", all.get(ground)?.[side] ?? "");
        expect(ratio, `${ink} on ${ground}, ${side}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe("mercator", () => {
  it("is Leaflet's", () => {
    expect(world([0, 0])).toEqual([128, 128]);
    const [x, y] = world([180, 85.0511287798]);
    expect(x).toBeCloseTo(256, 6);
    expect(y).toBeCloseTo(0, 6);
    expect(1 / pixelsPerMetre(0, 0)).toBeCloseTo(156543.03, 1);
  });
});

it.each([
  [0.5, 200],
  [0.04, 2000],
  [3, 20],
  [0.11, 1000],
])("a scale of %d pixels a metre shows %d m", (perMetre, metres) => {
  const scale = roundScale(perMetre, 110);
  expect(scale.metres).toBe(metres);
  expect(scale.pixels).toBeLessThanOrEqual(110);
  expect(scale.pixels).toBeGreaterThan(110 / 2.6);
});

describe("state", () => {
  it("tells listeners what changed, and only then", () => {
    const state = new State({ plan: 0, language: "zh", selected: -1, hovered: -1, shown: new Set(["grids"]) });
    const seen: number[] = [];
    state.listen((now, before) => seen.push(now.plan - before.plan));
    state.set({ plan: 1 });
    state.set({ plan: 1 });
    state.toggle("grids", false);
    expect(seen).toEqual([1, 0]);
    expect(state.now.shown.has("grids")).toBe(false);
  });
});

it("the sheet snaps to the nearest stop", () => {
  expect(nearestStop(100, 800)).toBe("peek");
  expect(nearestStop(420, 800)).toBe("half");
  expect(nearestStop(700, 800)).toBe("full");
});
