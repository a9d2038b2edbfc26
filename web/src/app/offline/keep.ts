// What the service worker keeps, as a rule that can be tested: the app whole, the data last seen, nothing that is for staff alone.

export type Rule = "app" | "data" | "network";

/** Data that anybody may see who may look at the map, or that stands on posters: kept as last seen. */
const KEPT =
  /^\/api\/v1\/(city|places|plans|plans\/[^/]+\/(grids|balance)|where|around|nearest|kinds|venues|tiles\/[^?]+)$/;

/** Return how a request is answered. Whatever changes something, is about records or comes from elsewhere is never kept. */
export function ruleOf(method: string, url: URL, own: string, mode = ""): Rule {
  if (method !== "GET" || url.origin !== own) return "network";
  if (KEPT.test(url.pathname)) return "data";
  if (url.pathname.startsWith("/app/") || url.pathname === "/manifest.webmanifest") return "app";
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

/** How many answers are kept: the oldest go first. */
export const MOST = 1_500;

/** Return which of the kept go, the oldest first. */
export function surplus<T>(kept: readonly T[], most = MOST): T[] {
  return kept.slice(0, Math.max(0, kept.length - most));
}
