// Web Mercator as Leaflet has it, relative to an origin so that single precision is enough for a city.

import type { Line, Point } from "./unpack";

const WORLD = 256;
const RADIUS_M = 6378137;

/** World pixels at zoom 0. */
export function world([lon, lat]: Point): [number, number] {
  const sin = Math.sin((lat * Math.PI) / 180);
  return [WORLD * (lon / 360 + 0.5), WORLD * (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI))];
}

/** Pixels that one metre takes at a zoom and latitude. */
export function pixelsPerMetre(zoom: number, lat: number): number {
  return (WORLD * 2 ** zoom) / (2 * Math.PI * RADIUS_M * Math.cos((lat * Math.PI) / 180));
}

/** Projects points of one city to world pixels relative to the city's origin. */
export class Local {
  readonly x: number;
  readonly y: number;

  constructor(origin: Point) {
    [this.x, this.y] = world(origin);
  }

  project(point: Point): [number, number] {
    const [x, y] = world(point);
    return [x - this.x, y - this.y];
  }

  /** Add a line to a path. */
  trace(path: Path2D, line: Line, closed: boolean): void {
    line.forEach((point, index) => {
      const [x, y] = this.project(point);
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    if (closed) path.closePath();
  }
}
