// The mode of venues: where culture is, and what is held there.

import { effect } from "@preact/signals";

import type { ExpressionSpecification } from "maplibre-gl";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import type { Mode } from "../mode";
import { Panel } from "./Panel";
import * as state from "./state";
import { words } from "./words";
import "../staff.css";

const ID = "venues";
/** The area of a circle goes with the visits. */
const sized = (factor: number): ExpressionSpecification => [
  "interpolate", ["linear"], ["sqrt", ["to-number", ["get", "visits"], 0]], 0, 5 * factor + 1, 40, 22 * factor,
];
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

function lay(map: MapView): () => void {
  map.addLayers(ID, {
    sources: { venues: { type: "geojson", data: EMPTY } },
    layers: (theme) => [
      {
        id: "venues-points", type: "circle", source: "venues",
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, sized(0.35), 16, sized(1)],
          "circle-color": tokens.status.under[theme], "circle-opacity": 0.75,
          "circle-stroke-color": ["case", ["==", ["get", "own"], true], tokens.ui.text[theme], tokens.base.halo[theme]],
          "circle-stroke-width": ["case", ["==", ["get", "own"], true], 4, 1.5],
        },
      },
      {
        id: "venues-names", type: "symbol", source: "venues", minzoom: 14,
        layout: { "text-field": ["get", "name"], "text-font": ["sans"], "text-size": 12, "text-anchor": "top", "text-offset": [0, 1], "text-max-width": 9, "text-optional": true },
        paint: { "text-color": tokens.ui.text[theme], "text-halo-color": tokens.base.halo[theme], "text-halo-width": 1.5 },
      },
    ],
    slot: "names",
  });
  const stops = [
    effect(() => {
      const own = state.chosen.value;
      const features = state.features.value.map((one) => ({
        ...one,
        properties: { id: one.properties.id, name: one.properties.name ?? "", visits: one.properties.visits, own: one.properties.id === own },
      }));
      map.setData("venues", { type: "FeatureCollection", features });
    }),
    effect(() => {
      const found = state.features.peek().find((one) => one.properties.id === state.chosen.value);
      const [lon, lat] = found?.geometry.coordinates ?? [];
      if (lon !== undefined && lat !== undefined) map.goto(lon, lat, 16);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    map.removeLayers(ID);
  };
}

const mode: Mode = {
  id: "venues",
  key: "v",
  words: words.title,
  icon: "M4 10l8-6 8 6v10H4zM9 20v-6h6v6",
  allowed: (session) => session.rights.includes("view"),
  Panel,
  enter(map) {
    const leave = lay(map);
    const silent = map.onClick(({ event }) => {
      const layers = ["venues-points"].filter((id) => map.map.getLayer(id) !== undefined);
      const id: unknown = map.map.queryRenderedFeatures(event.point, { layers })[0]?.properties["id"];
      state.chosen.value = typeof id === "string" ? id : null;
    });
    return () => {
      silent();
      leave();
      state.chosen.value = null;
    };
  },
  phone: true,
};

export default mode;
