// The state of one's own place: where it is, who answers there, what is near. No DOM, no map.

import { computed, signal } from "@preact/signals";

import type { Answer, Open, Where } from "../../api/types";
import { placeOf, type Chosen, type Position } from "./position";

export type { Answering, Named, Where } from "../../api/types";

type AnyNear = Answer<"/api/v1/around">["facilities"][number];
type Turns = AnyNear["route"]["turns"];
export type Near = Omit<Open<AnyNear, "name" | "open" | "next_opening" | "opening_hours" | "phone" | "address">, "route"> & {
  route: { type: "LineString"; coordinates: [number, number][]; turns: Turns };
};

export interface Around {
  at: string;
  facilities: Near[];
}

export const position = signal<Position>({ kind: "none" });
export const where = signal<Where | null>(null);
export const around = signal<Around | null>(null);
export const chosen = signal<Near | null>(null);
export const busy = signal(false);
export const failed = signal<string | null>(null);
/** When what is shown was kept, if it comes from there. */
export const keptAt = signal<string | null>(null);
export const picking = signal(false);
export const panel = signal<"none" | "search" | "scan">("none");

export const place = computed(() => placeOf(position.value));

/** Take a place that somebody chose. */
export function choose(lon: number, lat: number, how: Chosen): void {
  picking.value = false;
  panel.value = "none";
  position.value = { kind: "chosen", lon, lat, how };
}

let asked = 0;

/** Ask who answers at the place and what is near; an answer that comes too late is dropped. */
export async function ask(get: (path: string) => Promise<{ value: unknown; kept: string | null }>): Promise<void> {
  const at = place.value;
  const mine = ++asked;
  chosen.value = null;
  where.value = around.value = null;
  failed.value = keptAt.value = null;
  if (at === null) return;
  busy.value = true;
  const query = `lon=${at.lon.toFixed(6)}&lat=${at.lat.toFixed(6)}`;
  try {
    const told = await get(`/api/v1/where?${query}`);
    if (mine !== asked) return;
    where.value = told.value as Where;
    keptAt.value = told.kept;
    const near = await get(`/api/v1/around?${query}`);
    if (mine === asked) around.value = near.value as Around;
  } catch (error) {
    if (mine === asked) failed.value = error instanceof Error ? error.message : String(error);
  } finally {
    if (mine === asked) busy.value = false;
  }
}
