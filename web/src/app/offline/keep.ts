// What the service worker keeps, as a rule that can be tested: the app whole, the data last seen, nothing that is for staff alone.

export type Rule = "app" | "data" | "network";

/** Data that anybody may see who may look at the map, or that stands on posters: kept as last seen. */
const KEPT =
  /^\/api\/v1\/(city|places|plans|plans\/[^/]+\/(grids|balance)|where|around|nearest|kinds|venues|tiles\/[^?]+)$/;

/** Return how a request is answered. Whatever changes something, is about records or comes from elsewhere is never kept. */
export function ruleOf(method: string, url: URL, own: string, mode = ""): Rule {
  if (method !== "GET" || url.origin !== own) return "network";
  if (KEPT.test(url.pathname)) return "data";
  if (url.pathname.startsWith("/app/")) return "app";
  return mode === "navigate" && url.pathname === "/" ? "app" : "network";
}

/** The address by which an answer is kept: places are kept by about ten metres, so that the last ones are found again. */
export function keyOf(url: URL): string {
  const kept = new URL(url);
  for (const name of ["lon", "lat"]) {
    const value = Number(kept.searchParams.get(name));
    if (kept.searchParams.has(name) && Number.isFinite(value)) kept.searchParams.set(name, value.toFixed(4));
  }
  kept.searchParams.delete("at");
  kept.hash = "";
  return kept.href;
}

/** How far off a place may be whose answers are shown when there is no network. */
export const NEAR_M = 25;

/** Return the kept address nearest to one about a place, null where none of the same question is near enough. */
export function nearestKept(wanted: URL, kept: readonly string[]): string | null {
  const [lon, lat] = placed(wanted);
  let best: string | null = null;
  let least = NEAR_M;
  for (const href of kept) {
    const url = new URL(href);
    if (url.pathname !== wanted.pathname) continue;
    const [x, y] = placed(url);
    const metres = Math.hypot((x - lon) * Math.cos((lat * Math.PI) / 180), y - lat) * 111_320;
    if (metres <= least) [best, least] = [href, metres];
  }
  return best;
}

function placed(url: URL): [number, number] {
  const [lon, lat] = ["lon", "lat"].map((name) => Number(url.searchParams.get(name) ?? Number.NaN));
  return [lon ?? Number.NaN, lat ?? Number.NaN];
}

/** How many answers are kept: the oldest go first. */
export const MOST = 1_500;

/** Return which of the kept go, the oldest first. */
export function surplus<T>(kept: readonly T[], most = MOST): T[] {
  return kept.slice(0, Math.max(0, kept.length - most));
}
