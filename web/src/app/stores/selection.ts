// What is selected: a grid by its id, and the point of the map that was asked about.

import { signal } from "@preact/signals";

import { parameter } from "./view";

export interface Point {
  lon: number;
  lat: number;
}

export const grid = signal<string | null>(parameter("grid"));
export const point = signal<Point | null>(null);

/** Select a grid, and the point that was clicked. */
export function select(wanted: string | null, at: Point | null = null): void {
  grid.value = wanted;
  point.value = at;
}
