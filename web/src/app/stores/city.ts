// The city: what it is, and its places.

import { computed, signal } from "@preact/signals";

import { get } from "../api/client";
import type { City, Place } from "../api/types";

export const city = signal<City | null>(null);
export const places = signal<readonly Place[]>([]);

/** The city's name; that it is fictitious is said beside it. */
export const cityName = computed(() => (city.value?.name ?? "").replace(/[（(]虚构示例[）)]$/, ""));

/** Communities by code, each with the subdistrict that it is in. */
export const communities = computed(() => {
  const found = new Map<string, { place: Place; of: Place | null }>();
  for (const upper of places.value) {
    if (upper.level === "community") found.set(upper.code, { place: upper, of: null });
    for (const place of upper.children) found.set(place.code, { place, of: upper });
  }
  return found;
});

/** Ask for the city and its places. */
export async function loadCity(): Promise<void> {
  [city.value, places.value] = await Promise.all([get<City>("/api/v1/city"), get<Place[]>("/api/v1/places")]);
}
