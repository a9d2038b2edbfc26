// Lets the colours of balance step back while another question has the map.

import type { MapView } from "../../map/view";

const LAYER = "grids-fill";
const FAINT = 0.08;

/** Draw the grids' fill faintly, or not at all, until the returned function is called. */
export function quieten(map: MapView, opacity = FAINT): () => void {
  let before: unknown;
  map.whenReady(() => {
    if (!map.map.getLayer(LAYER)) return;
    before = map.map.getPaintProperty(LAYER, "fill-opacity");
    map.map.setPaintProperty(LAYER, "fill-opacity", opacity);
  });
  return () => {
    if (before !== undefined && map.map.getLayer(LAYER)) map.map.setPaintProperty(LAYER, "fill-opacity", before as number);
  };
}
