// The address bar's state: ?mode=…&plan=…&grid=…&lang=…#zoom/lat/lon. Reading it back restores the view.

import { signal } from "@preact/signals";

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

/** Return the view of a hash, null if it is none. */
export function parsed(hash: string): View | null {
  const [zoom, lat, lon, ...more] = hash.replace(/^#/, "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined || more.length > 0) return null;
  const there = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return there ? { zoom, lat, lon } : null;
}

/** Return a view as a hash. */
export function written({ zoom, lat, lon }: View): string {
  return `#${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`;
}

const query = new URLSearchParams(location.search);

export const view = signal<View | null>(parsed(location.hash));
export const mode = signal<string>(query.get("mode") ?? "balance");

/** Return the address with parameters set, or left out where they are null. */
export function addressed(search: string, values: Readonly<Record<string, string | null>>): string {
  const made = new URLSearchParams(search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) made.delete(name);
    else made.set(name, value);
  }
  const text = made.toString();
  return text === "" ? "" : `?${text}`;
}

/** Return a parameter of the address. */
export function parameter(name: string): string | null {
  return new URLSearchParams(location.search).get(name);
}
