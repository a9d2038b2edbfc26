// What coverage asks about - a kind of facility, minutes on foot - and what the server tells of it. No map, no page here.

import { computed, effect, signal } from "@preact/signals";

import { get, Problem } from "../../api/client";
import { city } from "../../stores/city";
import { plan } from "../../stores/plan";
import { may } from "../../stores/session";
import { addressed, parameter } from "../../stores/view";
import type { Coverage, Limit, Shares } from "./figures";

export const CIRCLES = [5, 10, 15] as const;
export const MOST_MINUTES = 60;

export interface Reach extends GeoJSON.FeatureCollection {
  limit: Limit;
  beyond: [lon: number, lat: number][];
}

export const kind = signal(parameter("kind") ?? "canteen");
export const minutes = signal(minutesOf(parameter("minutes")) ?? 15);
/** What planners see: figures by grid; null for those who may only look. */
export const coverage = signal<Coverage | null>(null);
export const shares = signal<Shares | null>(null);
export const reach = signal<Reach | null>(null);
export const asking = signal(false);
export const fault = signal<string | null>(null);
/** The hot spot that is looked at, by its rank. */
export const spot = signal<number | null>(null);

/** The kinds that stand in this city; a kind of the address that is none of them is not asked for. */
export const kinds = computed(() => city.value?.kinds ?? []);
export const chosenKind = computed(() => kinds.value.find((one) => one.id === kind.value) ?? kinds.value[0] ?? null);
/** Which of the circles is asked for, -1 if none. */
export const circle = computed(() => CIRCLES.findIndex((one) => one === minutes.value));

/** Return minutes that may be asked for, null if a text is none. */
export function minutesOf(text: string | null): number | null {
  const made = text === null || text.trim() === "" ? NaN : Number(text);
  return made >= 1 && made <= MOST_MINUTES ? Math.round(made) : null;
}

/** Keep asking for what is chosen, and keep it in the address, until the returned function is called. */
export function follow(): () => void {
  let running: AbortController | null = null;
  const stop = effect(() => {
    const of = chosenKind.value?.id;
    const limit = minutes.value;
    const shown = plan.value;
    if (of === undefined) return;
    running?.abort();
    running = new AbortController();
    history.replaceState(null, "", `${addressed(location.search, { kind: of, minutes: String(limit) })}${location.hash}`);
    void ask(of, limit, shown, running.signal);
  });
  return () => {
    stop();
    running?.abort();
    history.replaceState(null, "", `${location.pathname}${addressed(location.search, { kind: null, minutes: null })}${location.hash}`);
  };
}

async function ask(of: string, limit: number, shown: string | null, halt: AbortSignal): Promise<void> {
  asking.value = true;
  fault.value = null;
  const options = { signal: halt };
  const base = "/api/v1/coverage";
  try {
    const [areas, told, full] = await Promise.all([
      get<Reach>(`${base}/reach`, { kind: of, minutes: limit, rings: true }, options),
      get<Shares>(`${base}/shares`, { kind: of }, options),
      may("edit") ? get<Coverage>(base, { kind: of, minutes: limit, plan: shown, top: 50 }, options) : null,
    ]);
    if (halt.aborted) return;
    [reach.value, shares.value, coverage.value, spot.value] = [areas, told, full, null];
  } catch (error) {
    if (halt.aborted) return;
    [reach.value, shares.value, coverage.value] = [null, null, null];
    fault.value = error instanceof Problem ? `${error.message} ${error.hint}` : String(error);
  } finally {
    if (!halt.aborted) asking.value = false;
  }
}
