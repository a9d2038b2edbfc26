// The plan on the map: cells filled by the status of their grid, borders strung together from those of the cells.

import { anchorOf, type Line } from "../../../editor";
import type { MapView } from "../../map/view";
import type { Desk } from "./desk";
import { layersOf, LOCK, lockImage } from "./layers";

const ID = "edit";
/** The shell's own drawing of the grids, which would lie over this one. */
const HIDDEN = ["grids-fill", "grids-line", "grids-chosen", "grid-names"];
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const SOURCES = [
  "edit-cells", "edit-lines", "edit-chosen", "edit-stroke", "edit-other", "edit-sketch", "edit-names", "edit-work", "edit-seen",
] as const; // prettier-ignore
const SEEN_MS = 1_500;
/** The dashes of a border at work, one after the other. */
const DASHES = [[0, 2, 2], [0.5, 2, 1.5], [1, 2, 1], [1.5, 2, 0.5], [2, 2, 0], [0, 0.5, 2, 1.5], [0, 1, 2, 1], [0, 1.5, 2, 0.5]]; // prettier-ignore
const DASH_MS = 120;

/** A drawing of what is on a desk; `update` costs the grids that were touched. */
export class Drawing {
  private readonly shown = new Map<number, string>();
  private lines = new Map<number, GeoJSON.Feature>();
  private asked = false;
  private shimmer: ReturnType<typeof setInterval> | undefined;
  private faded: ReturnType<typeof setTimeout> | undefined;
  private readonly missing: { unsubscribe(): void };

  constructor(
    private readonly view: MapView,
    private readonly desk: Desk,
  ) {
    const source = { type: "geojson" as const, data: EMPTY };
    // A new theme begins without images.
    this.missing = view.map.on("styleimagemissing", ({ id }) => {
      const image = id === LOCK ? lockImage() : null;
      if (image && !view.map.hasImage(LOCK)) view.map.addImage(LOCK, image, { pixelRatio: 2 });
    });
    const sources = Object.fromEntries(SOURCES.map((name) => [name, source]));
    view.addLayers(ID, { sources, layers: layersOf, slot: "grids" });
    view.whenReady(() => {
      this.hide(true);
      view.setData("edit-cells", this.cells());
    });
    this.all();
  }

  remove(): void {
    clearInterval(this.shimmer);
    clearTimeout(this.faded);
    this.missing.unsubscribe();
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

  /** Write the names of the grids, and which are locked. */
  names(): void {
    const { model } = this.desk;
    const features = model.grids.flatMap((slot): GeoJSON.Feature[] => {
      const cells = model.cells(slot);
      const { name, code, id, locked, kind } = model.record(slot);
      if (!cells.length || kind === "special") return [];
      const told = name || code || id;
      const properties = { name: told, long: `${told}\n${model.figures(slot).households}`, locked };
      return [{ type: "Feature", id: slot, properties, geometry: { type: "Point", coordinates: [...anchorOf(model, cells)] } }];
    });
    this.view.setData("edit-names", collection(features));
  }

  /** Let the borders of communities shimmer, where something is being redrawn. */
  work(communities: readonly number[]): void {
    clearInterval(this.shimmer);
    const { fabric, outlines } = this.desk;
    const cells = new Map(communities.map((one) => [one, [] as number[]]));
    fabric.community.forEach((one, cell) => cells.get(one)?.push(cell));
    const drawn = [...cells].map(([one, own]) => multiline(one, outlines.around(own, fabric.community)));
    this.view.setData("edit-work", collection(drawn));
    if (!communities.length || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let at = 0;
    this.shimmer = setInterval(() => {
      at = (at + 1) % DASHES.length;
      const { map } = this.view;
      if (map.getLayer("edit-work")) map.setPaintProperty("edit-work", "line-dasharray", DASHES[at]);
    }, DASH_MS);
  }

  /** Show for a moment which grids somebody else has changed. */
  seen(grids: readonly string[]): void {
    clearTimeout(this.faded);
    const { model, outlines } = this.desk;
    const slots = grids.map((id) => model.find(id)).filter((slot) => slot >= 0 && model.cells(slot).length > 0);
    const drawn = slots.map((slot) => multiline(slot, outlines.around(model.cells(slot), model.gridOf)));
    this.view.setData("edit-seen", collection(drawn));
    this.faded = setTimeout(() => {
      this.view.setData("edit-seen", EMPTY);
    }, SEEN_MS);
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
