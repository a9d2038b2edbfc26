import { describe, expect, it } from "vitest";

import { boxOf, fits, overlap, place, type Label } from "../../src/folium/labels";
import { rareKinds, streetLayout } from "../../src/folium/lettering";

const view = { left: 0, top: 0, right: 400, bottom: 400 };

// A small linear congruential generator: the same labels in every run.
function many(count: number): Label[] {
  let seed = 7;
  const next = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  return Array.from({ length: count }, (_, index) => {
    const [x, y, width, turn] = [next() * 500 - 50, next() * 500 - 50, 20 + next() * 60, next() * 3];
    return { rank: index % 5, x, y, width, height: 14, angle: index % 3 ? 0 : turn };
  });
}

describe("place", () => {
  it("never puts one label over another, and drops none that has room", () => {
    const labels = many(400);
    const chosen = place(labels, view);
    chosen.forEach((a, index) => {
      for (const b of chosen.slice(index + 1)) expect(overlap(boxOf(a), boxOf(b))).toBe(false);
    });
    expect(chosen.length).toBeGreaterThan(20);
    for (const left of labels.filter((label) => !chosen.includes(label))) {
      const box = boxOf(left, 3);
      const blocked = chosen.some((other) => overlap(box, boxOf(other, 3)));
      expect(blocked || !overlap(box, view)).toBe(true);
    }
  });

  it("places the smaller rank first", () => {
    const [common, rare] = [
      { rank: 9, x: 50, y: 50, width: 40, height: 12 },
      { rank: 1, x: 55, y: 50, width: 40, height: 12 },
    ];
    expect(place([common, rare], view)).toEqual([rare]);
  });

  it("keeps a label inside the room of its area", () => {
    const label = { rank: 0, x: 50, y: 50, width: 40, height: 12, room: 10 };
    expect(fits(label)).toBe(false);
    expect(fits({ ...label, room: 20 })).toBe(true);
    expect(place([label], view)).toEqual([]);
  });
});

describe("street names", () => {
  it("are never upside down", () => {
    for (let degrees = -360; degrees <= 360; degrees += 15) {
      const { angle } = streetLayout("Rue", (degrees * Math.PI) / 180);
      expect(Math.abs(angle)).toBeLessThanOrEqual(Math.PI / 2 + 1e-9);
    }
  });

  it("of steep streets stand upright in Chinese and lie in Latin", () => {
    expect(streetLayout("永和路", Math.PI / 2 - 0.1)).toMatchObject({ stacked: true });
    expect(Math.abs(streetLayout("永和路", Math.PI / 2 - 0.1).angle)).toBeCloseTo(0.1);
    expect(streetLayout("Rue", Math.PI / 2 - 0.1).stacked).toBe(false);
    expect(streetLayout("永和路", 0.2).stacked).toBe(false);
  });
});

it("rare kinds are those of few places", () => {
  expect(rareKinds(["a", "a", "b", "a"], 2)).toEqual(new Set(["b"]));
});
