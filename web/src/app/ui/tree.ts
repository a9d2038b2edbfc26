// The tree of places as lines: the city, its subdistricts, communities and grids; only what is unfolded. No DOM, no map.

import type { Box, City, GridRow, Place } from "../api/types";

export interface Line {
  id: string;
  /** From 1, the city. */
  level: number;
  parent: string | null;
  name: string;
  /** Grids that are in it; null for a grid. */
  grids: number | null;
  /** The grid that it is. */
  row: GridRow | null;
  box: Box | null;
  open: boolean;
}

type Made = Omit<Line, "open"> & { within: Made[] };

const CITY = "city";

/** Return the lines to show, given which of them are unfolded. */
export function lines(city: City, places: readonly Place[], rows: Iterable<GridRow>, open: ReadonlySet<string>): Line[] {
  const by = new Map<string, GridRow[]>();
  for (const row of rows) by.set(row.community, [...(by.get(row.community) ?? []), row]);
  const within = places.map((place) => made(place, 2, CITY, by));
  const root: Made = { id: CITY, level: 1, parent: null, name: city.name, grids: sum(within), row: null, box: city.bounds, within };
  return flat(root, open);
}

/** Return the lines that hold a grid, so that unfolding them shows it. */
export function holders(row: GridRow, upper: Place | null): string[] {
  return [CITY, ...(upper ? [upper.code] : []), row.community];
}

function made(place: Place, level: number, parent: string, by: ReadonlyMap<string, readonly GridRow[]>): Made {
  const below = place.children.map((child) => made(child, level + 1, place.code, by));
  const own = place.level === "community" ? (by.get(place.code) ?? []) : [];
  const grids: Made[] = own.map((row) => ({
    id: `grid:${row.grid}`, level: level + 1, parent: place.code, name: row.name ?? row.code,
    grids: null, row, box: null, within: [],
  }));
  const within = [...below, ...grids];
  return { id: place.code, level, parent, name: place.name, grids: sum(below) + own.length, row: null, box: place.bbox, within };
}

function sum(parts: readonly Made[]): number {
  return parts.reduce((total, part) => total + (part.grids ?? 0), 0);
}

function flat({ within, ...line }: Made, open: ReadonlySet<string>): Line[] {
  const shown = open.has(line.id) && within.length > 0;
  return [{ ...line, open: shown }, ...(shown ? within.flatMap((each) => flat(each, open)) : [])];
}
