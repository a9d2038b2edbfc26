// How far down officials have gone: the whole city, a subdistrict, a community. Kept from mode to mode and in the address.

import { computed, signal } from "@preact/signals";

import type { Box, City, GridRow, Place } from "../api/types";
import { city, places } from "./city";
import { rows } from "./plan";
import { parameter } from "./view";

/** A place that figures are told of; `communities` are the codes of those that it holds. */
export interface Node {
  level: "city" | "subdistrict" | "community" | "grid";
  code: string;
  name: string;
  box: Box | null;
  communities: readonly string[];
}

/** The code of the subdistrict or community that is looked into, null: the whole city. */
export const into = signal<string | null>(parameter("in"));

/** The places from the whole city down to the one that is looked into. */
export const trail = computed(() => trailOf(city.value, places.value, into.value));
/** The places that the one that is looked into consists of: subdistricts, communities or grids. */
export const parts = computed(() => partsOf(trail.value, places.value, [...rows.value.values()]));

/** Return the places from the whole city down to a code; one that is not there leads to the city. */
export function trailOf(made: City | null, tops: readonly Place[], code: string | null): [Node, ...Node[]] {
  const whole: Node = {
    level: "city", code: "", name: made?.name ?? "", box: made?.bounds ?? null, communities: tops.flatMap(held),
  };
  for (const top of tops) {
    if (top.code === code) return [whole, nodeOf(top)];
    const child = top.children.find((one) => one.code === code);
    if (child) return [whole, nodeOf(top), nodeOf(child)];
  }
  return [whole];
}

/** Return the places that the last of a trail consists of. */
export function partsOf(way: readonly Node[], tops: readonly Place[], grids: readonly GridRow[]): Node[] {
  const last = way.at(-1);
  if (!last || last.level === "city") return tops.map(nodeOf);
  if (last.level === "subdistrict") return tops.find((one) => one.code === last.code)?.children.map(nodeOf) ?? [];
  return grids
    .filter((row) => row.community === last.code)
    .map((row) => ({ level: "grid", code: row.grid, name: row.name ?? row.code, box: null, communities: [row.community] }));
}

/** Return the rows of the grids that a place holds. */
export function within<Row extends { grid: string; community: string }>(place: Node, all: Iterable<Row>): Row[] {
  const held = new Set(place.communities);
  return [...all].filter((row) => (place.level === "grid" ? row.grid === place.code : held.has(row.community)));
}

function nodeOf(place: Place): Node {
  return { level: place.level, code: place.code, name: place.name, box: place.bbox, communities: held(place) };
}

function held(place: Place): string[] {
  return place.level === "community" ? [place.code] : place.children.flatMap(held);
}
