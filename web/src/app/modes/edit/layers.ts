// How the plan on the desk is drawn: the layers of a theme.

import type { LayerSpecification } from "maplibre-gl";

import { namesOf } from "../../map/grids";
import { tokens } from "../../../tokens";
import type { Theme } from "../../stores/theme";

export const LOCK = "edit-lock";

export function layersOf(theme: Theme): LayerSpecification[] {
  const { under, in_range, over, unknown } = tokens.status;
  const dark = tokens.grid.boundary[theme];
  const line = (id: string, source: string, colour: string, width: number, dash?: [number, number]): LayerSpecification => ({
    id,
    type: "line",
    source,
    layout: { "line-join": "round", "line-cap": dash ? "butt" : "round" },
    paint: { "line-color": colour, "line-width": width, ...(dash ? { "line-dasharray": dash } : {}) },
  });
  return [
    {
      id: "edit-cells",
      type: "fill",
      source: "edit-cells",
      paint: {
        "fill-antialias": false,
        "fill-color": [
          "match", ["to-string", ["feature-state", "status"]],
          "under", under[theme], "in_range", in_range[theme], "over", over[theme], unknown[theme],
        ],
        // The farther from the range, the deeper.
        "fill-opacity": [
          "interpolate", ["linear"], ["to-number", ["feature-state", "distance"], 0],
          0, tokens.grid.fill_opacity, 250, 0.85,
        ],
      },
    },
    { ...line("edit-cell-lines", "edit-cells", dark, 0.4), minzoom: 15 },
    line("edit-lines", "edit-lines", dark, tokens.grid.grid_px),
    line("edit-work", "edit-work", tokens.ui.focus[theme], 3, [2, 2]),
    line("edit-seen", "edit-seen", tokens.status.over[theme], 5),
    line("edit-other", "edit-other", tokens.ui.focus[theme], 1.5, [4, 3]),
    line("edit-chosen", "edit-chosen", tokens.ui.focus[theme], 4),
    { ...line("edit-stroke", "edit-stroke", dark, 3), filter: ["!", ["get", "broken"]] } as LayerSpecification,
    { ...line("edit-stroke-broken", "edit-stroke", dark, 3, [2, 2]), filter: ["get", "broken"] } as LayerSpecification,
    line("edit-sketch", "edit-sketch", tokens.ui.focus[theme], 2, [3, 2]),
    ...signs(theme),
  ];
}

/** Names of grids, each once inside it, with its households where there is room; locked grids have a lock. */
function signs(theme: Theme): LayerSpecification[] {
  return [
    namesOf("edit-names", "edit-names", "name", theme),
    {
      id: "edit-locks",
      type: "symbol",
      source: "edit-names",
      filter: ["get", "locked"],
      layout: {
        "icon-image": LOCK,
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-offset": ["interpolate", ["linear"], ["zoom"], 14.1, ["literal", [0, 0]], 14.2, ["literal", [0, -22]]],
      },
    },
  ];
}

/** A lock in a round badge, as pixels of twice the size. */
export function lockImage(): { width: number; height: number; data: Uint8ClampedArray } | null {
  const size = 40;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  const { badge, badge_ground } = { badge: tokens.ui.text.light, badge_ground: tokens.ui.surface.light };
  pen.fillStyle = badge_ground;
  pen.strokeStyle = badge;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(size / 2, size / 2, size / 2 - 2, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  pen.fillStyle = badge;
  pen.fillRect(12, 18, 16, 11);
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(20, 17, 5.5, Math.PI, 0);
  pen.stroke();
  return { width: size, height: size, data: pen.getImageData(0, 0, size, size).data };
}
