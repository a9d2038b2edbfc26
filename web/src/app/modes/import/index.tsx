// The mode that brings files in: the wizard, with what is wrong on the map.

import { effect } from "@preact/signals";

import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import type { Mode } from "../mode";
import { Panel } from "./Panel";
import * as state from "./state";
import { onMap } from "./wizard";
import { words } from "./words";
import "../staff.css";

const ID = "findings";
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

function lay(map: MapView): () => void {
  map.addLayers(ID, {
    sources: { findings: { type: "geojson", data: EMPTY }, "findings-own": { type: "geojson", data: EMPTY } },
    layers: (theme) => [
      {
        id: "findings-points", type: "circle", source: "findings",
        paint: {
          "circle-radius": ["match", ["get", "severity"], "error", 8, "warning", 6, 4],
          "circle-color": ["match", ["get", "severity"], "error", tokens.status.over[theme], "warning", tokens.status.under[theme], tokens.status.unknown[theme]],
          "circle-stroke-color": tokens.base.halo[theme], "circle-stroke-width": 2,
        },
      },
      {
        id: "findings-own", type: "circle", source: "findings-own",
        paint: { "circle-radius": 14, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": tokens.ui.focus[theme], "circle-stroke-width": 4 },
      },
    ],
    slot: "names",
  });
  const stops = [
    effect(() => { map.setData("findings", onMap(state.findings.value ?? [])); }),
    effect(() => {
      const own = (state.findings.value ?? []).filter((one) => one.id === state.chosen.value);
      map.setData("findings-own", onMap(own));
      const [first] = own;
      if (first?.lon !== undefined && first.lat !== undefined) map.goto(first.lon, first.lat, 17);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    map.removeLayers(ID);
  };
}

const mode: Mode = {
  id: "import",
  key: "i",
  words: words.title,
  icon: "M12 3v11M7 9l5 5 5-5M4 17v4h16v-4",
  allowed: (session) => session.rights.includes("import"),
  Panel,
  enter(map) {
    const leave = lay(map);
    const silent = map.onClick(({ event }) => {
      const layers = ["findings-points"].filter((id) => map.map.getLayer(id) !== undefined);
      const id: unknown = map.map.queryRenderedFeatures(event.point, { layers })[0]?.properties["id"];
      state.chosen.value = typeof id === "string" ? id : null;
    });
    return () => {
      silent();
      leave();
    };
  },
  phone: false,
};

export default mode;
