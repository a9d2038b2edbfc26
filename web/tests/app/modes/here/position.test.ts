import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { circle, judged, locate, placeOf, type Box, type Fix } from "../../../../src/app/modes/here/position";

const BOUNDS: Box = [111.74, 37.23, 111.83, 37.3];
const HERE: Fix = { lon: 111.788, lat: 37.265, accuracy_m: 12, at: 1_000_000 };

describe("a position", () => {
  it.each([
    [12, "found"],
    [50, "found"],
    [50.1, "rough"],
    [3000, "rough"],
  ])("with an accuracy of %d m is %s", (accuracy_m, kind) => {
    expect(judged({ ...HERE, accuracy_m }, HERE.at, BOUNDS).kind).toBe(kind);
  });

  it("that is old or of another city is none", () => {
    expect(judged(HERE, HERE.at + 120_001)).toEqual({ kind: "failed", why: "late" });
    expect(judged({ ...HERE, lon: 116.4, lat: 39.9 }, HERE.at, BOUNDS)).toEqual({ kind: "failed", why: "outside" });
    // What a shifted system would say of this place is some 500 m off, and still in the city: it is shown, not corrected.
    expect(judged({ ...HERE, lon: HERE.lon + 0.006, lat: HERE.lat + 0.001 }, HERE.at, BOUNDS).kind).toBe("found");
  });

  it("stands for a place only when it is sure or chosen", () => {
    expect(placeOf({ kind: "found", fix: HERE })).toEqual({ lon: 111.788, lat: 37.265 });
    expect(placeOf({ kind: "rough", fix: HERE })).toBeNull();
    expect(placeOf({ kind: "chosen", lon: 1, lat: 2, how: "poster" })).toEqual({ lon: 1, lat: 2 });
    expect(placeOf({ kind: "failed", why: "refused" })).toBeNull();
  });
});

describe("the circle of accuracy", () => {
  it("is as wide as the accuracy everywhere, and closed", () => {
    const ring = circle(111.788, 37.265, 80);
    expect(ring[0]).toEqual(ring.at(-1));
    for (const [lon, lat] of ring) {
      // The distance on a sphere, by the haversine formula.
      const rad = Math.PI / 180;
      const a =
        Math.sin(((lat - 37.265) * rad) / 2) ** 2 +
        Math.cos(37.265 * rad) * Math.cos(lat * rad) * Math.sin(((lon - 111.788) * rad) / 2) ** 2;
      const metres = 2 * 6_371_000 * Math.asin(Math.sqrt(a));
      expect(Math.abs(metres - 80)).toBeLessThan(0.5);
    }
  });
});

describe("locating", () => {
  let tell: { fix: PositionCallback; fail: PositionErrorCallback };
  let cleared: number;
  const source = {
    watchPosition: (fix: PositionCallback, fail: PositionErrorCallback) => {
      tell = { fix, fail };
      return 7;
    },
    clearWatch: (id: number) => (cleared = id),
    getCurrentPosition: () => undefined,
  } as unknown as Geolocation;

  const came = (accuracy: number): GeolocationPosition =>
    ({ coords: { longitude: 111.788, latitude: 37.265, accuracy }, timestamp: Date.now() }) as GeolocationPosition;
  const failed = (code: number): GeolocationPositionError =>
    ({ code, PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3 }) as GeolocationPositionError;

  beforeEach(() => {
    cleared = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("ends with the first that is good", async () => {
    const asked = locate(source, BOUNDS);
    tell.fix(came(900));
    tell.fix(came(18));
    expect(await asked).toMatchObject({ kind: "found", fix: { accuracy_m: 18 } });
    expect(cleared).toBe(7);
  });

  it("gives the best of what came when the time is over", async () => {
    const asked = locate(source, BOUNDS);
    tell.fix(came(300));
    tell.fix(came(90));
    tell.fix(came(400));
    tell.fail(failed(3));
    vi.advanceTimersByTime(10_000);
    expect(await asked).toMatchObject({ kind: "rough", fix: { accuracy_m: 90 } });
  });

  it.each([
    [1, "refused"],
    [2, "unavailable"],
    [3, "late"],
  ])("says why there is none: %d is %s", async (code, why) => {
    const asked = locate(source, BOUNDS);
    tell.fail(failed(code));
    expect(await asked).toEqual({ kind: "failed", why });
  });

  it("is late when nothing comes, and unavailable without a source", async () => {
    const asked = locate(source, BOUNDS);
    vi.advanceTimersByTime(10_000);
    expect(await asked).toEqual({ kind: "failed", why: "late" });
    expect(await locate(undefined, BOUNDS)).toEqual({ kind: "failed", why: "unavailable" });
  });
});
