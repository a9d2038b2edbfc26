// What one's own place looks like on the map: the circle of accuracy, the point, the grid's outline, the way.

import { effect } from "@preact/signals";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import { grids } from "../../stores/plan";
import { circle } from "./position";
import { gridPoints } from "./Scanner";
import * as state from "./state";

const ID = "here";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Lay one's own place over the map until the returned function is called. */
export function lay(map: MapView): () => void {
  map.addLayers(ID, {
    sources: { here: { type: "geojson", data: EMPTY } },
    layers: (theme) => {
      const own = tokens.ui.focus[theme];
      const of = (what: string) => ["==", ["get", "what"], what] as ["==", ["get", string], string];
      const halo = tokens.base.halo[theme];
      return [
        { id: "here-circle", type: "fill", source: "here", filter: of("circle"), paint: { "fill-color": own, "fill-opacity": 0.12 } },
        { id: "here-ring", type: "line", source: "here", filter: of("circle"), paint: { "line-color": own, "line-width": 1.5, "line-dasharray": [3, 2] } },
        { id: "here-grid", type: "line", source: "here", filter: of("grid"), paint: { "line-color": own, "line-width": 4 } },
        { id: "here-casing", type: "line", source: "here", filter: of("way"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": halo, "line-width": 9 } },
        { id: "here-way", type: "line", source: "here", filter: of("way"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": own, "line-width": 5 } },
        { id: "here-end", type: "circle", source: "here", filter: of("end"), paint: { "circle-radius": 8, "circle-color": halo, "circle-stroke-color": own, "circle-stroke-width": 4 } },
        { id: "here-point", type: "circle", source: "here", filter: of("point"), paint: { "circle-radius": 8, "circle-color": own, "circle-stroke-color": halo, "circle-stroke-width": 3 } },
      ];
    },
    slot: "over",
  });
  const stops = [
    effect(() => {
      const labels = grids.value?.labels.features ?? [];
      const codes = new Map((grids.value?.features ?? []).map((one) => [one.id, String(one.properties?.["code"] ?? "")]));
      const points = labels.map(({ id, properties, geometry }) => {
        const [lon = 0, lat = 0] = geometry.coordinates;
        return [codes.get(id) ?? properties.grid, [lon, lat] as const] as const;
      });
      gridPoints.value = new Map(points.filter(([code]) => code !== ""));
    }),
    effect(() => { map.setData("here", drawn()); }),
    effect(() => { look(map); }),
  ];
  return () => {
    for (const stop of stops) stop();
    map.removeLayers(ID);
  };
}

function look(map: MapView): void {
  const chosen = state.chosen.value;
  const now = state.position.value;
  if (chosen !== null && chosen.route.coordinates.length > 1) {
    const lon = chosen.route.coordinates.map(([x]) => x);
    const lat = chosen.route.coordinates.map(([, y]) => y);
    map.fly([Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)], 17);
  } else if (now.kind === "found" || now.kind === "rough") {
    const ring = circle(now.fix.lon, now.fix.lat, Math.max(now.fix.accuracy_m, 150), 4);
    const lon = ring.map(([x]) => x);
    const lat = ring.map(([, y]) => y);
    map.fly([Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)], 16.5);
  } else if (now.kind === "chosen") map.goto(now.lon, now.lat, 16.5);
}

function drawn(): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  const add = (what: string, geometry: GeoJSON.Geometry): void => {
    features.push({ type: "Feature", properties: { what }, geometry });
  };
  const now = state.position.value;
  const code = state.where.value?.grid?.code;
  const grid = grids.value?.features.find((one) => one.properties?.["code"] === code);
  if (code !== undefined && grid !== undefined) add("grid", grid.geometry);
  if (now.kind === "found" || now.kind === "rough") {
    const { lon, lat, accuracy_m } = now.fix;
    add("circle", { type: "Polygon", coordinates: [circle(lon, lat, accuracy_m)] });
    add("point", { type: "Point", coordinates: [lon, lat] });
  }
  if (now.kind === "chosen") add("point", { type: "Point", coordinates: [now.lon, now.lat] });
  const way = state.chosen.value?.route.coordinates ?? [];
  const end = way.at(-1);
  if (way.length > 1) add("way", { type: "LineString", coordinates: way });
  if (end !== undefined) add("end", { type: "Point", coordinates: end });
  return { type: "FeatureCollection", features };
}
