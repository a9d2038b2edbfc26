// Matters on the map: squares as heat where there are many, points one by one, the one that is open, the place of a call-out.

import { effect } from "@preact/signals";

import { get } from "../../api/client";
import { tokens } from "../../../tokens";
import type { Added, MapView } from "../../map/view";
import * as state from "./state";

const ID = "matters";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

interface Shown extends GeoJSON.FeatureCollection<GeoJSON.Point> {
  squares: number | null;
}

const LAID: Added = {
  sources: {
    matters: { type: "geojson", data: EMPTY },
    "matters-own": { type: "geojson", data: EMPTY },
  },
  layers: (theme) => {
    const hot = tokens.status.over[theme];
    const halo = tokens.base.halo[theme];
    const own = tokens.ui.focus[theme];
    const n = ["coalesce", ["get", "n"], 1] as ["coalesce", ["get", string], number];
    return [
      {
        id: "matters-heat", type: "heatmap", source: "matters",
        paint: {
          "heatmap-weight": ["interpolate", ["linear"], n, 0, 0, 1, 0.4, 20, 1],
          "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 11, 0.6, 16, 2],
          "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 11, 14, 16, 46],
          "heatmap-opacity": 0.75,
          "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(0,0,0,0)", 0.2, "rgba(230,135,60,0.35)", 0.6, hot, 1, tokens.ui.text[theme]],
        },
      },
      {
        id: "matters-points", type: "circle", source: "matters", minzoom: 13.5, filter: ["has", "stage"],
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 13.5, 3, 17, 8],
          "circle-color": ["case", ["boolean", ["get", "late"], false], hot, tokens.status.under[theme]],
          "circle-stroke-color": halo, "circle-stroke-width": 1.5,
        },
      },
      {
        id: "matters-own", type: "circle", source: "matters-own",
        paint: { "circle-radius": 11, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": own, "circle-stroke-width": 4 },
      },
    ];
  },
  slot: "over",
};

/** Lay matters over the map until the returned function is called. */
export function lay(map: MapView): () => void {
  map.addLayers(ID, LAID);
  let shown = EMPTY as GeoJSON.FeatureCollection<GeoJSON.Point>;
  const ask = newest((kind: string) => {
    const bbox = map.bounds.map((value) => value.toFixed(5)).join(",");
    return get<Shown>("/api/v1/matters/map", { kind, bbox });
  });
  const draw = (): void => {
    void ask(state.kindId.value, (told) => {
      shown = late(told);
      map.setData("matters", shown);
      point(map, shown);
    });
  };
  map.map.on("moveend", draw);
  const stops = [
    state.changes.subscribe(draw),
    state.kindId.subscribe(draw),
    effect(() => {
      const on = state.heat.value ? "visible" : "none";
      map.whenReady(() => {
        if (map.map.getLayer("matters-heat")) map.map.setLayoutProperty("matters-heat", "visibility", on);
      });
    }),
    effect(() => { point(map, shown); }),
  ];
  return () => {
    map.map.off("moveend", draw);
    for (const stop of stops) stop();
    map.removeLayers(ID);
  };
}

/** Ask one after the other, and pass on the answer to the last question only. */
function newest<T>(question: (kind: string) => Promise<T>): (kind: string, told: (answer: T) => void) => Promise<void> {
  let asked = 0;
  return async (kind, told) => {
    const mine = ++asked;
    try {
      const answer = await question(kind);
      if (mine === asked) told(answer);
    } catch {
      // The board has said what is wrong.
    }
  };
}

function late(told: Shown): Shown {
  const today = state.today.value;
  const features = told.features.map((one) => {
    const due: unknown = one.properties?.["due"];
    return { ...one, properties: { ...one.properties, late: typeof due === "string" && due < today } };
  });
  return { ...told, features };
}

function point(map: MapView, shown: GeoJSON.FeatureCollection<GeoJSON.Point>): void {
  const open = state.matter.value?.id;
  const place = state.whistle.value.place;
  const features: GeoJSON.Feature[] = shown.features.filter((one) => open !== undefined && one.properties?.["id"] === open);
  if (state.whistle.value.step !== "closed" && place !== null) {
    features.push({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [place.lon, place.lat] } });
  }
  map.setData("matters-own", { type: "FeatureCollection", features });
}
