// Where somebody stands: the browser's position with its accuracy, judged; what is refused, late or rough is asked for otherwise.

export interface Fix {
  lon: number;
  lat: number;
  accuracy_m: number;
  /** Milliseconds since 1970. */
  at: number;
}

export type Failure = "refused" | "late" | "unavailable" | "outside";
export type Chosen = "map" | "search" | "poster";

export type Position =
  | { kind: "none" }
  | { kind: "asking" }
  | { kind: "found"; fix: Fix }
  | { kind: "rough"; fix: Fix }
  | { kind: "failed"; why: Failure }
  | { kind: "chosen"; lon: number; lat: number; how: Chosen };

/** What is worse than this may be in another grid. */
export const ROUGH_M = 50;
/** How long a better position is waited for. */
export const WAIT_MS = 10_000;
/** A position older than this is of another place. */
export const OLD_MS = 120_000;

export type Box = readonly [west: number, south: number, east: number, north: number];

/** Judge a fix: one that is old, outside the city, or rough is not a place to answer for. */
export function judged(fix: Fix, now: number, bounds: Box | null = null): Position {
  if (now - fix.at > OLD_MS) return { kind: "failed", why: "late" };
  if (bounds !== null && !within(fix, bounds)) return { kind: "failed", why: "outside" };
  return fix.accuracy_m <= ROUGH_M ? { kind: "found", fix } : { kind: "rough", fix };
}

/** Return the place that a position stands for, null where it stands for none. A rough one has to be confirmed first. */
export function placeOf(position: Position): { lon: number; lat: number } | null {
  if (position.kind === "found") return { lon: position.fix.lon, lat: position.fix.lat };
  return position.kind === "chosen" ? { lon: position.lon, lat: position.lat } : null;
}

function within(fix: Fix, [west, south, east, north]: Box): boolean {
  const margin = 0.02; // about two kilometres: the accuracy of a fix is judged apart
  return (
    fix.lon >= west - margin && fix.lon <= east + margin && fix.lat >= south - margin && fix.lat <= north + margin
  );
}

/** Ask for the position until it is good enough or the time is over; the best of what came is judged. */
export function locate(source: Geolocation | undefined, bounds: Box | null, wait_ms = WAIT_MS): Promise<Position> {
  return new Promise((resolve) => {
    if (source === undefined) {
      resolve({ kind: "failed", why: "unavailable" });
      return;
    }
    let best: Fix | null = null;
    let watch: number | null = null;
    const end = (position: Position): void => {
      clearTimeout(timer);
      if (watch !== null) source.clearWatch(watch);
      resolve(position);
    };
    const timer = setTimeout(() => {
      end(best === null ? { kind: "failed", why: "late" } : judged(best, Date.now(), bounds));
    }, wait_ms);
    watch = source.watchPosition(
      ({ coords, timestamp }) => {
        const fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: timestamp };
        if (best === null || fix.accuracy_m < best.accuracy_m) best = fix;
        const now = judged(best, Date.now(), bounds);
        if (now.kind === "found" || (now.kind === "failed" && now.why === "outside")) end(now);
      },
      (error) => {
        if (error.code === error.PERMISSION_DENIED) end({ kind: "failed", why: "refused" });
        else if (best === null) end({ kind: "failed", why: error.code === error.TIMEOUT ? "late" : "unavailable" });
      },
      { enableHighAccuracy: true, maximumAge: 15_000, timeout: wait_ms },
    );
  });
}

/** Return the circle of a position's accuracy as a ring of longitude, latitude. */
export function circle(lon: number, lat: number, radius_m: number, corners = 64): [number, number][] {
  const north = radius_m / 111_320;
  const east = north / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: corners + 1 }, (_, at) => {
    const angle = (2 * Math.PI * (at % corners)) / corners;
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)];
  });
}
