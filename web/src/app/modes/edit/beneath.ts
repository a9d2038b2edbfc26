// The grids of another plan over those that are shown, for who only looks.

import type { Grids } from "../../api/types";
import type { MapView } from "../../map/view";
import { tokens } from "../../../tokens";

const ID = "edit-beneath";

/** Lay grids over the map as dashed borders; null: no longer. */
export function beneathOn(view: MapView, grids: Grids | null): void {
  view.removeLayers(ID);
  if (!grids) return;
  view.addLayers(ID, {
    sources: { [ID]: { type: "geojson", data: grids } },
    layers: (theme) => [
      { id: ID, type: "line", source: ID, paint: { "line-color": tokens.ui.focus[theme], "line-width": 1.5, "line-dasharray": [4, 3] } },
    ],
    slot: "over",
  });
}
