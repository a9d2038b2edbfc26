// The map: MapLibre with the city's base map, the grids, and what modes lay over them.

import { AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { GeoJSONSource, LayerSpecification, MapMouseEvent, MapOptions, SourceSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { Box, Grids } from "../api/types";
import type { Theme } from "../stores/theme";
import type { View } from "../stores/view";
import { gridLayers, gridNames, hatch } from "./grids";
import { FAMILY, type Slot, styleOf } from "./style";

setWorkerUrl(new URL(workerUrl, location.href).href);

export interface TileSet {
  tiles: string[];
  attribution?: string;
  maxzoom?: number;
}

export interface Added {
  sources?: Readonly<Record<string, SourceSpecification>>;
  /** Made again for each theme. */
  layers: (theme: Theme) => LayerSpecification[];
  /** Below which names the layers go; over the grids if left out. */
  slot?: Slot;
}

export interface Start {
  theme: Theme;
  tiles: TileSet;
  bounds: Box | null;
  view: View | null;
  words: Readonly<Record<string, string>>;
  /** Nothing floats over the map at its edges. */
  bare?: boolean;
}

export type Clicked = (at: { lon: number; lat: number; grid: string | null; event: MapMouseEvent }) => void;

const SMOOTH_MS = 140;
const CLEAR = { top: 24, bottom: 24, left: 24, right: 24 };
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const GRIDS = "shell-grids";
const NAMES = "shell-names";

export class MapView {
  readonly map: MapLibre;
  private readonly added = new Map<string, Added>();
  private readonly position = new Map<string, number>();
  private readonly boxes = new Map<string, Box>();
  private readonly clicks: Clicked[] = [];
  private readonly start: Start;
  private theme: Theme;
  private selected: number | null = null;
  private hovered: number | null = null;
  private ready = false;
  private waiting: (() => void)[] = [];

  constructor(container: HTMLElement, start: Start) {
    this.start = start;
    this.theme = start.theme;
    this.map = new MapLibre(optionsOf(container, start));
    this.map.addControl(new AttributionControl({ compact: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-right");
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.touchZoomRotate.disableRotation();
    void this.map.once("style.load", () => {
      this.dress();
      this.ready = true;
      for (const act of this.waiting.splice(0)) act();
    });
    this.map.on("click", (event) => {
      const grid = this.gridAt(event);
      const last = this.clicks.at(-1);
      last?.({ lon: event.lngLat.lng, lat: event.lngLat.lat, grid, event });
    });
    this.map.on("mousemove", "grids-fill", (event) => {
      this.hover(typeof event.features?.[0]?.id === "number" ? event.features[0].id : null);
    });
    this.map.on("mouseleave", "grids-fill", () => {
      this.hover(null);
    });
  }

  /** Do something as soon as layers can be added. */
  whenReady(act: () => void): void {
    if (this.ready) act();
    else this.waiting.push(act);
  }

  /** Lay sources and layers over the map until they are removed; they are recoloured with the theme. */
  addLayers(id: string, added: Added): void {
    this.whenReady(() => {
      this.removeLayers(id);
      this.added.set(id, added);
      this.lay(added);
    });
  }

  /** Take away what was added under an id. */
  removeLayers(id: string): void {
    const added = this.added.get(id);
    if (!added) return;
    this.added.delete(id);
    for (const layer of added.layers(this.theme)) if (this.map.getLayer(layer.id)) this.map.removeLayer(layer.id);
    for (const name of Object.keys(added.sources ?? {})) if (this.map.getSource(name)) this.map.removeSource(name);
  }

  /** Put other data into a GeoJSON source. */
  setData(source: string, data: GeoJSON.GeoJSON): void {
    this.whenReady(() => {
      void this.map.getSource<GeoJSONSource>(source)?.setData(data);
    });
  }

  /** Draw the grids of a plan. */
  showGrids(grids: Grids | null): void {
    this.position.clear();
    this.boxes.clear();
    for (const feature of grids?.features ?? []) {
      const grid: unknown = feature.properties?.["grid"];
      if (typeof grid !== "string" || typeof feature.id !== "number") continue;
      this.position.set(grid, feature.id);
      this.boxes.set(grid, boxOf(feature.geometry));
    }
    this.whenReady(() => {
      this.map.removeFeatureState({ source: "grids" });
      this.setData("grids", grids ?? EMPTY);
      this.setData("grid-labels", grids ? labelled(grids) : EMPTY);
      if (this.selected !== null) this.state(this.selected, { selected: true });
    });
  }

  /** Set what a grid's status shows now, without new data. */
  setStatus(grid: string, status: string, distance: number): void {
    const at = this.position.get(grid);
    if (at !== undefined) this.state(at, { status, distance });
  }

  /** Outline a grid as the selected one; null: none. */
  select(grid: string | null): void {
    if (this.selected !== null) this.state(this.selected, { selected: false });
    this.selected = grid === null ? null : (this.position.get(grid) ?? null);
    if (this.selected !== null) this.state(this.selected, { selected: true });
  }

  /** Outline a grid for a moment, as long as it is pointed at: `true` starts, `false` ends. */
  flash(grid: string, on = true): void {
    const at = this.position.get(grid);
    if (at === undefined) return;
    this.state(at, { flash: on });
  }

  /** Go to an extent. */
  fly(box: Box, maxZoom = 17, carded = false): void {
    const [west, south, east, north] = box;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.fitBounds([west, south, east, north], { padding: this.padding(carded), maxZoom, duration: still ? 0 : SMOOTH_MS });
  }

  /** Go to a grid. */
  toGrid(grid: string): void {
    const box = this.boxes.get(grid);
    if (box) this.fly(box, 16.2, true);
  }

  /** Go to a point. */
  goto(lon: number, lat: number, zoom = 16.5): void {
    const { top, bottom, left, right } = this.padding(true);
    // An offset and no padding: the map would keep a padding, and add it to that of the next flight.
    const offset: [number, number] = [(left - right) / 2, (top - bottom) / 2];
    this.map.easeTo({ center: [lon, lat], zoom, duration: SMOOTH_MS, offset });
  }

  /** Take the clicks on the map until the returned function is called; whoever came last gets them. */
  onClick(clicked: Clicked): () => void {
    this.clicks.push(clicked);
    return () => {
      const at = this.clicks.indexOf(clicked);
      if (at >= 0) this.clicks.splice(at, 1);
    };
  }

  /** Change to a theme. */
  setTheme(theme: Theme): void {
    if (theme === this.theme) return;
    this.theme = theme;
    this.whenReady(() => {
      this.map.setStyle(styleOf(theme, this.start.tiles), {
        diff: true,
        transformStyle: (before, after) => ({ ...after, sources: { ...before?.sources, ...after.sources } }),
      });
      this.map.once("styledata", () => {
        this.hatched();
        for (const each of this.added.values()) this.lay(each);
        if (this.selected !== null) this.state(this.selected, { selected: true });
      });
    });
  }

  /** Return the extent of what is seen. */
  get bounds(): Box {
    const box = this.map.getBounds();
    return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  }

  private dress(): void {
    this.hatched();
    const features = { type: "geojson" as const, data: EMPTY };
    this.added.set(GRIDS, { sources: { grids: { ...features, tolerance: 0.2 } }, layers: gridLayers, slot: "grids" });
    this.added.set(NAMES, { sources: { "grid-labels": features }, layers: gridNames, slot: "names" });
    for (const each of this.added.values()) this.lay(each);
  }

  private hatched(): void {
    const image = hatch(this.theme);
    if (this.map.hasImage("hatch")) this.map.updateImage("hatch", image);
    else this.map.addImage("hatch", image);
  }

  private lay({ sources = {}, layers, slot = "over" }: Added): void {
    for (const [name, source] of Object.entries(sources)) {
      if (!this.map.getSource(name)) this.map.addSource(name, source);
    }
    for (const layer of layers(this.theme)) {
      if (!this.map.getLayer(layer.id)) this.map.addLayer(layer, `slot-${slot}`);
    }
  }

  private gridAt(event: MapMouseEvent): string | null {
    if (!this.map.getLayer("grids-fill")) return null;
    const [found] = this.map.queryRenderedFeatures(event.point, { layers: ["grids-hatch", "grids-fill"] });
    const grid: unknown = found?.properties["grid"];
    return typeof grid === "string" ? grid : null;
  }

  private hover(at: number | null): void {
    if (at === this.hovered) return;
    if (this.hovered !== null) this.state(this.hovered, { hover: false });
    this.hovered = at;
    if (at !== null) this.state(at, { hover: true });
  }

  private state(id: number, state: Readonly<Record<string, unknown>>): void {
    this.whenReady(() => {
      this.map.setFeatureState({ source: "grids", id }, state);
    });
  }

  /** What floats over the map at its edges; `carded`: the card of a grid, too. */
  private padding(carded: boolean): { top: number; bottom: number; left: number; right: number } {
    if (this.start.bare) return { ...CLEAR };
    const wide = innerWidth >= 720;
    return wide
      ? { top: 72, bottom: 40, left: 380, right: carded && innerWidth >= 1100 ? 330 : 60 }
      : { top: 70, bottom: Math.round(innerHeight * 0.45), left: 24, right: 24 };
  }
}

function optionsOf(container: HTMLElement, start: Start): MapOptions {
  const { view, bounds } = start;
  const wide = innerWidth >= 720;
  const padding = start.bare ? { ...CLEAR } : wide ? { top: 60, bottom: 20, left: 370, right: 20 } : { top: 60, bottom: 180, left: 10, right: 10 };
  return {
    container,
    style: styleOf(start.theme, start.tiles),
    ...(view ? { center: [view.lon, view.lat], zoom: view.zoom } : bounds ? { bounds, fitBoundsOptions: { padding } } : {}),
    attributionControl: false,
    localIdeographFontFamily: FAMILY,
    dragRotate: false,
    pitchWithRotate: false,
    maxPitch: 0,
    maxZoom: 20,
    fadeDuration: 0,
    locale: { ...start.words },
  };
}

function labelled(grids: Grids): GeoJSON.FeatureCollection {
  const households = new Map<unknown, unknown>();
  for (const { properties } of grids.features) households.set(properties?.["grid"], properties?.["households"]);
  const features = grids.labels.features.map((feature) => {
    const found = households.get(feature.properties.grid);
    const label = feature.properties.label;
    const long = typeof found === "number" ? `${label}\n${found}` : label;
    return { ...feature, properties: { ...feature.properties, long } };
  });
  return { type: "FeatureCollection", features };
}

/** Return the extent of areas. */
function boxOf(shape: GeoJSON.Geometry): Box {
  const rings = shape.type === "Polygon" ? shape.coordinates : shape.type === "MultiPolygon" ? shape.coordinates.flat() : [];
  const box: Box = [180, 90, -180, -90];
  for (const [x = 0, y = 0] of rings.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}
