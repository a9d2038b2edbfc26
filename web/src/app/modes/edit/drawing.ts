// The plan on the map: cells filled by the status of their grid, borders strung together from those of the cells.

import type { LayerSpecification } from "maplibre-gl";

import type { Line } from "../../../editor";
import { tokens } from "../../../tokens";
import type { MapView } from "../../map/view";
import type { Theme } from "../../stores/theme";
import type { Desk } from "./desk";

const ID = "edit";
/** The shell's own drawing of the grids, which would lie over this one. */
const HIDDEN = ["grids-fill", "grids-line", "grids-chosen", "grid-names"];
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const SOURCES = ["edit-cells", "edit-lines", "edit-chosen", "edit-stroke", "edit-other", "edit-sketch"] as const;

/** A drawing of what is on a desk; `update` costs the grids that were touched. */
export class Drawing {
  private readonly shown = new Map<number, string>();
  private lines = new Map<number, GeoJSON.Feature>();
  private asked = false;

  constructor(
    private readonly view: MapView,
    private readonly desk: Desk,
  ) {
    const source = { type: "geojson" as const, data: EMPTY };
    const sources = Object.fromEntries(SOURCES.map((name) => [name, source]));
    view.addLayers(ID, { sources, layers: layersOf, slot: "grids" });
    view.whenReady(() => {
      this.hide(true);
      view.setData("edit-cells", this.cells());
    });
    this.all();
  }

  remove(): void {
    this.view.removeLayers(ID);
    this.hide(false);
  }

  /** Hide the shell's grids, or show them again; a theme's new style shows them. */
  hide(hidden: boolean): void {
    const { map } = this.view;
    for (const layer of HIDDEN) {
      if (map.getLayer(layer)) map.setLayoutProperty(layer, "visibility", hidden ? "none" : "visible");
    }
  }

  /** Draw all grids anew. */
  all(): void {
    this.shown.clear();
    this.lines = new Map();
    this.desk.model.takeTouched();
    this.update(this.desk.model.grids);
  }

  /** Draw the grids that were touched. */
  update(slots: Iterable<number>): void {
    const { model, outlines } = this.desk;
    const there = new Set(model.grids);
    for (const slot of slots) {
      if (!there.has(slot) || model.cells(slot).length === 0) {
        this.lines.delete(slot);
        continue;
      }
      this.lines.set(slot, multiline(slot, outlines.around(model.cells(slot), model.gridOf)));
      const { status, distance } = model.figures(slot);
      const said = `${status} ${distance}`;
      for (const cell of model.cells(slot)) {
        if (this.shown.get(cell) === said) continue;
        this.shown.set(cell, said);
        this.state(cell, { status, distance });
      }
    }
    this.soon();
  }

  /** Outline the selected grid, and the one that is pointed at. */
  choose(slots: readonly number[]): void {
    const { model, outlines } = this.desk;
    const drawn = slots
      .filter((slot) => slot >= 0 && model.cells(slot).length > 0)
      .map((slot) => multiline(slot, outlines.around(model.cells(slot), model.gridOf)));
    this.view.setData("edit-chosen", collection(drawn));
  }

  /** Outline what a stroke has painted: dashed where it breaks something. */
  stroke(cells: readonly number[], broken: boolean): void {
    const label = new Int32Array(this.desk.fabric.size);
    for (const cell of cells) label[cell] = 1;
    const drawn = cells.length ? [multiline(0, this.desk.outlines.around(cells, label), { broken })] : [];
    this.view.setData("edit-stroke", collection(drawn));
  }

  /** Draw the borders of another division of the same cells over this one; null: none. */
  other(label: Int32Array | null): void {
    if (!label) {
      this.view.setData("edit-other", EMPTY);
      return;
    }
    const cells = new Map<number, number[]>();
    label.forEach((grid, cell) => {
      const held = cells.get(grid);
      if (held) held.push(cell);
      else cells.set(grid, [cell]);
    });
    const drawn = [...cells].map(([grid, own]) => multiline(grid, this.desk.outlines.around(own, label)));
    this.view.setData("edit-other", collection(drawn));
  }

  /** Draw the line or loop that is being drawn by hand. */
  sketch(line: Line, closed: boolean): void {
    const [first] = line;
    const whole = closed && first ? [...line, first] : line;
    this.view.setData("edit-sketch", collection(whole.length > 1 ? [multiline(0, [whole])] : []));
  }

  private cells(): GeoJSON.FeatureCollection {
    const { fabric, outlines } = this.desk;
    return collection(
      Array.from({ length: fabric.size }, (_, cell) => ({
        type: "Feature" as const,
        id: cell,
        properties: {},
        geometry: { type: "Polygon" as const, coordinates: outlines.cell(cell) },
      })).filter((_, cell) => fabric.special[cell] === -1),
    );
  }

  private state(cell: number, state: Readonly<Record<string, unknown>>): void {
    this.view.whenReady(() => {
      if (this.view.map.getSource("edit-cells")) this.view.map.setFeatureState({ source: "edit-cells", id: cell }, state);
    });
  }

  /** Borders go to the map once a frame. */
  private soon(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.view.setData("edit-lines", collection([...this.lines.values()]));
    });
  }
}

function collection(features: GeoJSON.Feature[]): GeoJSON.FeatureCollection {
  return { type: "FeatureCollection", features };
}

function multiline(id: number, coordinates: Line[], properties: GeoJSON.GeoJsonProperties = {}): GeoJSON.Feature {
  return { type: "Feature", id, properties, geometry: { type: "MultiLineString", coordinates } };
}

function layersOf(theme: Theme): LayerSpecification[] {
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
    line("edit-other", "edit-other", tokens.ui.focus[theme], 1.5, [4, 3]),
    line("edit-chosen", "edit-chosen", tokens.ui.focus[theme], 4),
    { ...line("edit-stroke", "edit-stroke", dark, 3), filter: ["!", ["get", "broken"]] } as LayerSpecification,
    { ...line("edit-stroke-broken", "edit-stroke", dark, 3, [2, 2]), filter: ["get", "broken"] } as LayerSpecification,
    line("edit-sketch", "edit-sketch", tokens.ui.focus[theme], 2, [3, 2]),
  ];
}
