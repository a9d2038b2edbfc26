// The mark of the place that was found.

import { tokens } from "../../tokens";
import type { Added, MapView } from "./view";

const ID = "shell-found";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const LAID: Added = {
  sources: { [ID]: { type: "geojson", data: EMPTY } },
  layers: (theme) => [
    {
      id: ID,
      type: "circle",
      source: ID,
      paint: {
        "circle-radius": 15,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": tokens.ui.focus[theme],
        "circle-stroke-width": 4,
      },
    },
  ],
};

/** Mark a place on the map; null: none. */
export function mark(map: MapView, place: { lon: number; lat: number } | null): void {
  if (place === null) {
    map.removeLayers(ID);
    return;
  }
  map.addLayers(ID, LAID);
  const geometry = { type: "Point" as const, coordinates: [place.lon, place.lat] };
  map.setData(ID, { type: "Feature", properties: {}, geometry });
}
