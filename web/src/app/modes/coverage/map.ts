// Coverage on the map: how far one gets, who is beyond, where most of them live, what stands and what is proposed.

import { effect } from "@preact/signals";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

import { tokens } from "../../../tokens";
import { FONTS } from "../../map/style";
import type { Added, MapView } from "../../map/view";
import type { Theme } from "../../stores/theme";
import { quieten } from "../compounds/quiet";
import { type HotSpot, standing } from "./figures";
import * as site from "./site";
import * as state from "./state";

const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const { coverage: hue, siting } = tokens;

/** Return the colours of so many bands, the nearest first: a single one is as dark as the farthest of few. */
export function bandColours(bands: number, theme: Theme): string[] {
  const all = [hue.minutes_5, hue.minutes_10, hue.minutes_15].map((pair) => pair[theme]);
  return bands === 1 ? all.slice(1, 2) : all.slice(0, bands);
}

function badge(id: string, source: string, colour: string, text: ExpressionSpecification, theme: Theme, radius = 11): LayerSpecification[] {
  return [
    {
      id, type: "circle", source,
      paint: { "circle-radius": radius, "circle-color": colour, "circle-stroke-color": tokens.base.halo[theme], "circle-stroke-width": 2 },
    },
    {
      id: `${id}-sign`, type: "symbol", source,
      layout: { "text-field": text, "text-font": [...FONTS], "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true },
      paint: { "text-color": tokens.base.halo[theme] },
    },
  ];
}

/** What lies under the grids: how far one gets, and who is beyond. */
function below(theme: Theme): LayerSpecification[] {
  const band: ExpressionSpecification = ["match", ["get", "colour"], 5, hue.minutes_5[theme], 10, hue.minutes_10[theme], hue.minutes_15[theme]];
  return [
    { id: "coverage-reach", type: "fill", source: "coverage-reach", paint: { "fill-color": band, "fill-opacity": 0.6, "fill-antialias": false } },
    {
      id: "coverage-beyond", type: "circle", source: "coverage-beyond",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 0.9, 14, 1.8, 17, 4],
        "circle-color": hue.uncovered[theme],
        "circle-opacity": ["interpolate", ["linear"], ["zoom"], 12, 0.5, 15, 0.75],
      },
    },
  ];
}

/** What stands over everything: where most of those beyond live, what stands and what is proposed. */
function above(theme: Theme): LayerSpecification[] {
  const chosen: ExpressionSpecification = ["boolean", ["get", "chosen"], false];
  return [
    {
      id: "coverage-spots", type: "circle", source: "coverage-spots",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, ["*", 0.55, ["get", "size"]], 14, ["get", "size"]],
        "circle-color": hue.cluster[theme], "circle-opacity": ["case", chosen, 0.4, 0.18],
        "circle-stroke-color": hue.cluster[theme], "circle-stroke-width": ["case", chosen, 4, 2],
      },
    },
    {
      id: "coverage-spots-rank", type: "symbol", source: "coverage-spots",
      layout: { "text-field": ["to-string", ["get", "rank"]], "text-font": [...FONTS], "text-size": 13, "text-allow-overlap": true },
      paint: { "text-color": tokens.ui.text[theme], "text-halo-color": tokens.base.halo[theme], "text-halo-width": 1.6 },
    },
    ...badge("coverage-facilities", "coverage-facilities", siting.existing[theme], ["get", "glyph"], theme),
    ...badge("coverage-sites", "coverage-sites", siting.proposed[theme], ["to-string", ["get", "step"]], theme, 14),
  ];
}

const empty = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { type: "geojson" as const, data: EMPTY }]));
const LAID: readonly (Added & { id: string })[] = [
  { id: "coverage-below", sources: empty(["coverage-reach", "coverage-beyond"]), layers: below, slot: "ground" },
  { id: "coverage-above", sources: empty(["coverage-spots", "coverage-facilities", "coverage-sites"]), layers: above, slot: "names" },
];

/** Return the sign of a kind, as it is on paper. */
export function glyphOf(kind: string): string {
  const known = tokens.facility as Readonly<Record<string, { glyph: string }>>;
  return (known[kind] ?? tokens.facility.other).glyph;
}

function at<Props extends object>(place: { lon: number; lat: number }, properties: Props): GeoJSON.Feature<GeoJSON.Point, Props> {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [place.lon, place.lat] } };
}

function collected(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: "FeatureCollection", features };
}

/** Return the areas, each with the number of minutes whose colour it takes. */
export function banded(areas: GeoJSON.FeatureCollection): GeoJSON.FeatureCollection {
  const many = areas.features.length;
  const names = many === 1 ? [10] : [5, 10, 15];
  return collected(areas.features.map((one, from) => ({ ...one, properties: { ...one.properties, colour: names[many - 1 - from] ?? 15 } })));
}

function circles(spots: readonly HotSpot[], chosen: number | null): GeoJSON.FeatureCollection {
  const most = Math.max(1, ...spots.map((one) => one.households ?? 0));
  return collected(
    spots.map((one) => at(one, { rank: one.rank, size: 9 + 15 * Math.sqrt((one.households ?? 0) / most), chosen: one.rank === chosen })),
  );
}

/** Return the places of the hot spots that are drawn: the ten largest, and the one that is looked at. */
function drawnSpots(): HotSpot[] {
  return (state.coverage.value?.hot_spots ?? []).filter((one) => one.rank <= 10 || one.rank === state.spot.value);
}

/** Lay coverage over the map until the returned function is called. */
export function lay(map: MapView): () => void {
  const loud = quieten(map, 0);
  for (const { id, ...added } of LAID) map.addLayers(id, added);
  const stops = [
    effect(() => { map.setData("coverage-reach", state.reach.value ? banded(state.reach.value) : EMPTY); }),
    effect(() => {
      const coordinates = state.reach.value?.beyond ?? [];
      map.setData("coverage-beyond", { type: "Feature", properties: {}, geometry: { type: "MultiPoint", coordinates } });
    }),
    effect(() => { map.setData("coverage-spots", circles(drawnSpots(), state.spot.value)); }),
    effect(() => {
      const told = state.shares.value;
      const glyph = glyphOf(told?.kind ?? "");
      map.setData("coverage-facilities", collected(standing(told?.facilities ?? []).map((one) => at(one, { glyph, name: one.name }))));
    }),
    effect(() => { map.setData("coverage-sites", collected(site.sites.value.map((one) => at(one, { step: one.step, name: one.name })))); }),
  ];
  const look = (event: { features?: { properties: Record<string, unknown> | null }[] }) => {
    const rank: unknown = event.features?.[0]?.properties?.["rank"];
    if (typeof rank === "number") state.spot.value = rank;
  };
  const hand = (on: boolean) => () => { map.map.getCanvas().style.cursor = on ? "pointer" : ""; };
  const [over, out] = [hand(true), hand(false)];
  map.map.on("click", "coverage-spots", look);
  map.map.on("mouseenter", "coverage-spots", over);
  map.map.on("mouseleave", "coverage-spots", out);
  return () => {
    out();
    map.map.off("click", "coverage-spots", look);
    map.map.off("mouseenter", "coverage-spots", over);
    map.map.off("mouseleave", "coverage-spots", out);
    for (const stop of stops) stop();
    loud();
    for (const { id } of LAID) map.removeLayers(id);
  };
}
