import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { contains, unpackLines, unpackPoints, unpackPolygons, Unpacker, type MultiPolygon, type Point } from "../../src/folium/unpack";

interface Packed {
  integers: { packed: string; values: number[] };
  origin: [number, number];
  points: { packed: string; values: Point[] };
  lines: { packed: string; values: Point[][][] };
  polygons: { packed: string; values: MultiPolygon[] };
}

// Written by tests/maps/test_pack.py from the packer itself.
const packed = JSON.parse(readFileSync(resolve(import.meta.dirname, "packed.json"), "utf-8")) as Packed;

function rounded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === "number" ? Math.round(each * 1e6) : each))) as T;
}

describe("what Python packs", () => {
  it("integers", () => {
    const from = new Unpacker(packed.integers.packed, [0, 0]);
    expect(packed.integers.values.map(() => from.integer())).toEqual(packed.integers.values);
    expect(from.done).toBe(true);
  });

  it("points, lines and polygons with holes, parts and empty features", () => {
    expect(rounded(unpackPoints(packed.points.packed, packed.origin))).toEqual(rounded(packed.points.values));
    expect(rounded(unpackLines(packed.lines.packed, packed.origin))).toEqual(rounded(packed.lines.values));
    expect(rounded(unpackPolygons(packed.polygons.packed, packed.origin))).toEqual(rounded(packed.polygons.values));
  });

  it("a text cut short or with a foreign sign is refused", () => {
    expect(() => unpackPoints("g", [0, 0])).toThrow(RangeError);
    expect(() => unpackPoints("A!", [0, 0])).toThrow(RangeError);
  });
});

describe("contains", () => {
  const ring = (west: number, south: number, east: number, north: number): Point[] => [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
  const shape: MultiPolygon = [[ring(0, 0, 10, 10), ring(4, 4, 6, 6)], [ring(20, 0, 30, 10)]];

  it.each([
    [1, 1, true],
    [5, 5, false],
    [25, 5, true],
    [15, 5, false],
    [-1, 5, false],
    [5, 11, false],
  ])("(%d, %d) → %s", (x, y, inside) => {
    expect(contains(shape, [x, y])).toBe(inside);
  });
});
