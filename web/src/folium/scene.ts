// The document's coordinates, unpacked once: paths to paint, points to label, polygons to ask.

import type { Areas, CityDocument, MapDocument, PlanDocument } from "./document";
import { Local } from "./mercator";
import { contains, unpackLines, unpackPoints, unpackPolygons, type MultiPolygon, type Point } from "./unpack";

export interface Shape {
  polygons: MultiPolygon;
  path: Path2D;
  bounds: [west: number, south: number, east: number, north: number];
}

/** A point, in degrees and in the world pixels of the city. */
export interface Spot {
  point: Point;
  x: number;
  y: number;
}

export interface Place {
  name: string;
  point: Point;
  x: number;
  y: number;
  room: number;
}

export interface PlanScene {
  grids: Shape[];
  places: Place[];
  outline: Path2D;
}

export interface StreetName {
  name: string;
  x: number;
  y: number;
  angle: number;
  length: number;
  rank: number;
}

export interface CityScene {
  local: Local;
  buildings: Path2D;
  water: Path2D;
  green: Path2D;
  streets: Map<string, Path2D>;
  barriers: Map<string, Path2D>;
  streetNames: StreetName[];
  compounds: Shape[];
  compoundPlaces: Place[];
  compoundPath: Path2D;
  renovationPath: Path2D;
  communityShapes: Shape[];
  communityPath: Path2D;
  subdistrictPath: Path2D;
  communities: Place[];
  subdistricts: Place[];
  facilities: Spot[];
}

export interface Scene extends CityScene {
  plans: PlanScene[];
}

function boundsOf(polygons: MultiPolygon): Shape["bounds"] {
  const box: Shape["bounds"] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of polygons.flat(2)) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

export function shapes(local: Local, packed: string, origin: Point): Shape[] {
  return unpackPolygons(packed, origin).map((polygons) => {
    const path = new Path2D();
    for (const ring of polygons.flat()) local.trace(path, ring, true);
    return { polygons, path, bounds: boundsOf(polygons) };
  });
}

export function joined(list: readonly Shape[]): Path2D {
  const path = new Path2D();
  for (const shape of list) path.addPath(shape.path);
  return path;
}

export function linePath(local: Local, packed: string, origin: Point): Path2D {
  const path = new Path2D();
  for (const line of unpackLines(packed, origin).flat()) local.trace(path, line, false);
  return path;
}

function places(local: Local, areas: Areas, origin: Point): Place[] {
  return unpackPoints(areas.anchors, origin).map((point, index) => {
    const [x, y] = local.project(point);
    return { name: areas.name[index] ?? "", point, x, y, room: areas.room[index] ?? 0 };
  });
}

function planScene(local: Local, plan: PlanDocument, origin: Point): PlanScene {
  const grids = shapes(local, plan.grids.shapes, origin);
  return {
    grids,
    places: places(local, plan.grids, origin),
    outline: joined(grids),
  };
}

export function spots(local: Local, packed: string, origin: Point): Spot[] {
  return unpackPoints(packed, origin).map((point) => {
    const [x, y] = local.project(point);
    return { point, x, y };
  });
}

export function buildScene(map: MapDocument): Scene {
  const city = buildCity(map);
  return { ...city, plans: map.plans.map((plan) => planScene(city.local, plan, map.origin)) };
}

export function buildCity(map: CityDocument): CityScene {
  const { origin, base } = map;
  const local = new Local(origin);
  const polygons = (packed: string): Path2D => joined(shapes(local, packed, origin));
  const compounds = shapes(local, map.compounds.shapes, origin);
  const communityShapes = shapes(local, map.communities.shapes, origin);
  const names = base.street_names;
  return {
    local,
    buildings: polygons(base.buildings),
    water: polygons(base.water),
    green: polygons(base.green),
    streets: new Map(Object.entries(base.streets).map(([kind, text]) => [kind, linePath(local, text, origin)])),
    barriers: new Map(Object.entries(base.barriers).map(([kind, text]) => [kind, linePath(local, text, origin)])),
    streetNames: unpackPoints(names.anchors, origin).map((point, index) => {
      const [x, y] = local.project(point);
      const [angle, length, rank] = [names.angle[index] ?? 0, names.length[index] ?? 0, names.rank[index] ?? 9];
      return { name: names.name[index] ?? "", x, y, angle: (angle * Math.PI) / 180, length, rank };
    }),
    compounds,
    compoundPlaces: places(local, map.compounds, origin),
    compoundPath: joined(compounds),
    renovationPath: joined(compounds.filter((_, index) => map.compounds.renovation[index] === 1)),
    communityShapes,
    communityPath: joined(communityShapes),
    subdistrictPath: polygons(map.subdistricts.shapes),
    communities: places(local, map.communities, origin),
    subdistricts: places(local, map.subdistricts, origin),
    facilities: spots(local, map.facilities.points, origin),
  };
}

/** The first shape that holds a point, or −1. */
export function find(list: readonly Shape[], point: Point): number {
  const [x, y] = point;
  return list.findIndex(
    ({ bounds, polygons }) =>
      x >= bounds[0] && y >= bounds[1] && x <= bounds[2] && y <= bounds[3] && contains(polygons, point),
  );
}
