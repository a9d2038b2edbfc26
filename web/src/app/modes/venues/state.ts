// The state of venues: what there is, which kind is shown, which one is chosen.

import { computed, signal } from "@preact/signals";

import { get, Problem } from "../../api/client";
import { tell } from "../../stores/notice";
import { say } from "../../words/words";
import { byVisits, kindsOf, type Venue } from "./calendar";
import { words } from "./words";

export type Venues = GeoJSON.FeatureCollection<GeoJSON.Point, Venue>;

export const venues = signal<Venues | null>(null);
export const kind = signal("");
export const chosen = signal<string | null>(null);

export const features = computed(() =>
  (venues.value?.features ?? []).filter((one) => kind.value === "" || one.properties.kind === kind.value),
);
export const ranked = computed(() => byVisits(features.value.map((one) => one.properties)));
export const kinds = computed(() => kindsOf((venues.value?.features ?? []).map((one) => one.properties)));
export const visits = computed(() => ranked.value.reduce((sum, one) => sum + one.visits, 0));

/** Ask for the venues. */
export async function begin(): Promise<void> {
  try {
    venues.value = await get<Venues>("/api/v1/venues");
  } catch (error) {
    tell(say(words.failed), "failed", error instanceof Problem ? error.hint : "");
  }
}
