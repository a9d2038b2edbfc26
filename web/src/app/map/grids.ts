// The grids on the map: filled by status, hatched where they are special or unknown, outlined; names once a grid.
// Features are numbered by position. Feature-state `status` and `distance` go before what the data say: an edit shows at once.

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

import { tokens } from "../../tokens";
import type { Theme } from "../stores/theme";
import { FONTS } from "./style";

const status: ExpressionSpecification = ["coalesce", ["feature-state", "status"], ["get", "status"]];
const distance: ExpressionSpecification = [
  "abs",
  ["to-number", ["coalesce", ["feature-state", "distance"], ["get", "distance"], 0]],
];

const stated = (name: string, yes: number, no: number): ExpressionSpecification => [
  "case",
  ["boolean", ["feature-state", name], false],
  yes,
  no,
];

/** Return the layers of the grids that go below the names. */
export function gridLayers(theme: Theme): LayerSpecification[] {
  const { under, in_range, over, unknown } = tokens.status;
  const special: ExpressionSpecification = ["==", ["get", "kind"], "special"];
  const join = { "line-join": "round" as const };
  return [
    {
      id: "grids-fill",
      type: "fill",
      source: "grids",
      filter: ["!", special],
      paint: {
        "fill-color": [
          "match", status, "under", under[theme], "in_range", in_range[theme], "over", over[theme], unknown[theme],
        ],
        // The farther from the range, the deeper.
        "fill-opacity": [
          "match", status, "in_range", tokens.grid.fill_opacity,
          ["interpolate", ["linear"], distance, 0, tokens.grid.fill_opacity - 0.13, 250, 0.85],
        ],
      },
    },
    {
      id: "grids-hatch",
      type: "fill",
      source: "grids",
      filter: ["any", special, ["==", ["get", "status"], "unknown"]],
      paint: { "fill-pattern": "hatch", "fill-opacity": 0.6 },
    },
    {
      id: "grids-line",
      type: "line",
      source: "grids",
      layout: join,
      paint: {
        "line-color": tokens.grid.boundary[theme],
        "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.4, 14, tokens.grid.grid_px],
        "line-opacity": 0.8,
      },
    },
    ...edges(theme),
    {
      id: "grids-chosen",
      type: "line",
      source: "grids",
      layout: join,
      paint: {
        "line-color": tokens.ui.focus[theme],
        "line-width": ["max", stated("selected", 4.5, 0), stated("flash", 6, 0), stated("hover", 2.5, 0)],
      },
    },
  ];
}

function edges(theme: Theme): LayerSpecification[] {
  const edge = (id: string, layer: string, colour: string, px: number, extra: number): LayerSpecification => ({
    id,
    type: "line",
    source: "base",
    "source-layer": layer,
    layout: { "line-join": "round" },
    paint: {
      "line-color": colour,
      "line-width": ["interpolate", ["linear"], ["zoom"], 11, px * 0.4 + extra, 15, px + extra],
      "line-opacity": 0.75,
    },
  });
  const dark = tokens.grid.boundary[theme];
  return [
    edge("communities-line", "communities", dark, tokens.grid.community_px, 0),
    edge("subdistricts-casing", "land", tokens.base.halo[theme], tokens.grid.subdistrict_px, 2),
    edge("subdistricts-line", "land", dark, tokens.grid.subdistrict_px, 0),
  ];
}

/** Return the layer of the grids' names: at mid zoom the name, at high zoom name and households. */
export function gridNames(theme: Theme): LayerSpecification[] {
  return [namesOf("grid-names", "grid-labels", "label", theme)];
}

/** Return a layer of names of grids, each a point of a source with its name in a field and its long one in `long`. */
export function namesOf(id: string, source: string, name: string, theme: Theme): LayerSpecification {
  return {
    id,
    type: "symbol",
    source,
    minzoom: 14.2,
    layout: {
      "text-field": ["step", ["zoom"], ["get", name], 15.6, ["get", "long"]],
      "text-font": [...FONTS],
      "text-size": tokens.type.label_px,
      "text-max-width": 8,
      "text-padding": 3,
    },
    paint: {
      "text-color": tokens.ui.text[theme],
      "text-halo-color": tokens.base.halo[theme],
      "text-halo-width": 1.5,
    },
  };
}

/** Return the hatch of a theme as pixels: diagonal lines that continue from tile to tile. */
export function hatch(theme: Theme): { width: number; height: number; data: Uint8ClampedArray } {
  const size = 8;
  const hex = tokens.status.special[theme];
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const on = (x + y) % size < 2;
      data.set(on ? [red, green, blue, 255] : [red, green, blue, 40], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data };
}
