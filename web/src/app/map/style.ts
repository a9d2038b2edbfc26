// The base map's style of a theme. It asks for no glyphs: letters are drawn with the reader's own fonts.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

import { tokens } from "../../tokens";
import type { Theme } from "../stores/theme";

type Pair = Readonly<Record<Theme, string>>;

/** Return the colour of a pair. */
export const colour = (pair: Pair, theme: Theme): string => pair[theme];

export const FONTS: readonly string[] = ["sans"];
export const FAMILY = tokens.type.family;

/** Empty layers that mark where others go: below the grids, above them, below and above the names. */
export const SLOTS = ["slot-ground", "slot-grids", "slot-over", "slot-names"] as const;
export type Slot = "ground" | "grids" | "over" | "names";

const wide = (px: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.6],
  ["zoom"],
  11,
  px * 0.12,
  15,
  px * 0.6,
  18,
  px * 2.6,
];

const width = (extra: number): ExpressionSpecification => {
  const each = tokens.street_px;
  const at = (factor: number): ExpressionSpecification => [
    "match",
    ["get", "class"],
    "arterial",
    each.arterial * factor + extra,
    "collector",
    each.collector * factor + extra,
    "local",
    each.local * factor + extra,
    "lane",
    each.lane * factor + extra,
    each.path * factor + extra,
  ];
  return ["interpolate", ["exponential", 1.6], ["zoom"], 11, at(0.15), 15, at(0.7), 18, at(2.6)];
};

function ground(theme: Theme): LayerSpecification[] {
  const { base, barrier, compound } = tokens;
  const source = "base";
  return [
    { id: "background", type: "background", paint: { "background-color": colour(tokens.ui.sunken, theme) } },
    fill("land", base.land, theme),
    fill("compounds", base.building, theme, 0.25),
    fill("green", base.green, theme),
    fill("water", base.water, theme),
    line("streets-casing", "streets", base.street_casing[theme], width(1.4), 12),
    line("streets", "streets", base.street[theme], width(0), 11),
    { ...fill("buildings", base.building, theme), minzoom: 14 },
    {
      id: "buildings-outline",
      type: "line",
      source,
      "source-layer": "buildings",
      minzoom: 16,
      paint: { "line-color": compound.outline[theme], "line-width": 0.5 },
    },
    {
      id: "barriers",
      type: "line",
      source,
      "source-layer": "barriers",
      paint: {
        "line-color": [
          "match",
          ["get", "kind"],
          "river",
          barrier.river[theme],
          "expressway",
          barrier.expressway[theme],
          barrier.railway[theme],
        ],
        "line-width": wide(4),
      },
    },
  ];
}

function fill(layer: string, pair: Pair, theme: Theme, opacity = 1): LayerSpecification {
  const paint = { "fill-color": pair[theme], "fill-opacity": opacity };
  return { id: layer, type: "fill", source: "base", "source-layer": layer, paint };
}

function line(
  id: string,
  layer: string,
  colored: string,
  thick: ExpressionSpecification,
  minzoom: number,
): LayerSpecification {
  return {
    id,
    type: "line",
    source: "base",
    "source-layer": layer,
    minzoom,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colored, "line-width": thick },
  };
}

const slot = (name: (typeof SLOTS)[number]): LayerSpecification => ({
  id: name,
  type: "background",
  layout: { visibility: "none" },
});

function lettering(theme: Theme) {
  const { base } = tokens;
  return { "text-color": base.name[theme], "text-halo-color": base.halo[theme], "text-halo-width": 1.4 };
}

function names(theme: Theme): LayerSpecification[] {
  const text = { "text-field": ["get", "name"] as ExpressionSpecification, "text-font": [...FONTS] };
  const label = { type: "symbol" as const, source: "base", "source-layer": "labels" };
  const of = (level: string): ExpressionSpecification => ["==", ["get", "level"], level];
  const paint = lettering(theme);
  return [
    {
      id: "street-names",
      type: "symbol",
      source: "base",
      "source-layer": "streets",
      minzoom: 15,
      filter: ["all", ["has", "name"], ["match", ["get", "class"], ["lane", "path"], false, true]],
      // Spaced so widely that a screen shows a street's name once.
      layout: { ...text, "symbol-placement": "line", "symbol-spacing": 900, "text-size": 11, "text-padding": 60 },
      paint,
    },
    {
      ...label,
      id: "compound-names",
      filter: of("compound"),
      minzoom: 16,
      layout: { ...text, "text-size": 11, "text-padding": 4, "text-max-width": 7 },
      paint,
    },
    {
      ...label,
      id: "community-names",
      filter: of("community"),
      minzoom: 12,
      maxzoom: 14.5,
      layout: { ...text, "text-size": 12, "text-padding": 6, "text-max-width": 7 },
      paint: { ...paint, "text-color": colour(tokens.ui.text, theme) },
    },
    {
      ...label,
      id: "subdistrict-names",
      filter: of("subdistrict"),
      maxzoom: 12.6,
      layout: { ...text, "text-size": 15, "text-letter-spacing": 0.1, "text-padding": 10 },
      paint: { ...paint, "text-color": colour(tokens.ui.text, theme) },
    },
  ];
}

/** Return the style of a theme; `tiles` is the base map's TileJSON. */
export function styleOf(theme: Theme, tiles: { tiles: string[]; attribution?: string; maxzoom?: number }): StyleSpecification {
  const source = {
    type: "vector" as const,
    tiles: tiles.tiles,
    maxzoom: Math.min(tiles.maxzoom ?? 16, 16),
    ...(tiles.attribution === undefined ? {} : { attribution: tiles.attribution }),
  };
  return {
    version: 8,
    sources: { base: source },
    layers: [
      ...ground(theme),
      slot("slot-ground"),
      slot("slot-grids"),
      slot("slot-over"),
      ...names(theme),
      slot("slot-names"),
    ],
  };
}
