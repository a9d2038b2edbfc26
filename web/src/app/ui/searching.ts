// The search of the top bar: what is asked, what was found, and going there.

import { signal } from "@preact/signals";

import { get } from "../api/client";
import type { Found, Where } from "../api/types";
import type { MapView } from "../map/view";
import { communities, places } from "../stores/city";
import { plan, rows } from "../stores/plan";
import { select } from "../stores/selection";

export type Hit = Omit<Found, "name"> & { name: string | null };

const PAUSE_MS = 180;
const LIMIT = 10;

export const text = signal("");
/** What was found for `told`; null before anything has been asked. */
export const hits = signal<readonly Hit[] | null>(null);
export const told = signal("");
export const failed = signal(false);
/** The line that Enter takes. */
export const at = signal(0);
/** Whether the box is open on a phone, where it is an icon at first. */
export const opened = signal(false);
/** Where the place that was picked last is. */
export const found = signal<Hit | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;
let running: AbortController | null = null;

/** Take what was written so far; it is asked for when nothing more comes. */
export function write(written: string): void {
  text.value = written;
  clearTimeout(timer);
  running?.abort();
  running = null;
  failed.value = false;
  const wanted = written.trim().slice(0, 100);
  if (wanted === "") {
    hits.value = null;
    return;
  }
  timer = setTimeout(() => void ask(wanted), PAUSE_MS);
}

async function ask(wanted: string): Promise<void> {
  const mine = (running = new AbortController());
  try {
    const answer = await get<{ found: Hit[] }>("/api/v1/search", { q: wanted, limit: LIMIT }, { signal: mine.signal });
    if (mine.signal.aborted) return;
    [hits.value, told.value, at.value] = [answer.found, wanted, 0];
  } catch {
    if (mine.signal.aborted) return;
    [hits.value, told.value, failed.value] = [[], wanted, true];
  }
}

/** Close the list and empty the box. */
export function leave(): void {
  write("");
  opened.value = false;
}

/** Move the line that Enter takes, round the ends. */
export function step(by: number): void {
  const many = hits.value?.length ?? 0;
  if (many > 0) at.value = (at.value + by + many) % many;
}

/** Go to a place; a grid is selected, and so is the grid that a building or the like is in. */
export async function go(hit: Hit, map: MapView | null): Promise<void> {
  leave();
  found.value = hit;
  if (hit.kind === "grid") {
    const row = gridOf(hit.code);
    found.value = null;
    select(row, { lon: hit.lon, lat: hit.lat });
    if (row === null) map?.goto(hit.lon, hit.lat);
    else map?.toGrid(row);
    return;
  }
  const box = communities.value.get(hit.code)?.place.bbox ?? places.value.find((one) => one.code === hit.code)?.bbox;
  if ((hit.kind === "community" || hit.kind === "subdistrict") && box) {
    found.value = null;
    select(null);
    map?.fly(box);
    return;
  }
  map?.goto(hit.lon, hit.lat);
  select(hit.kind === "street" ? null : await around(hit), { lon: hit.lon, lat: hit.lat });
}

async function around({ lon, lat }: Hit): Promise<string | null> {
  try {
    const where = await get<Where>("/api/v1/where", { lon, lat, plan: plan.value });
    return where.grid === null ? null : gridOf(where.grid.code);
  } catch {
    return null; // The map has gone there all the same.
  }
}

function gridOf(code: string): string | null {
  if (rows.value.has(code)) return code;
  return [...rows.value.values()].find((row) => row.code === code)?.grid ?? null;
}
