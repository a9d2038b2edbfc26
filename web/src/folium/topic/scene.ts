// A topic's layers, unpacked once: paths to paint, spots to label, shapes to ask.

import { buildCity, shapes, spots, type CityScene, type Shape, type Spot } from "../scene";
import { pairs, type Pair } from "../theme";
import { tokens } from "../../tokens";
import type { Local } from "../mercator";
import { unpackLines, type Point } from "../unpack";
import type { LayerDocument, TopicDocument } from "./document";

export interface TopicLayer {
  id: string;
  document: LayerDocument;
  shapes: Shape[];
  spots: Spot[];
  /** One path a class, for what is painted alike. */
  paths: Path2D[];
}

export interface TopicScene extends CityScene {
  layers: TopicLayer[];
  items: Spot[];
  /** The first shape of each item, for its outline. */
  outlines: Map<number, Shape>;
}

const COLOURS = pairs();

/** The colour of a path; an unknown one is that of what is unknown. */
export function colourOf(path: string): Pair {
  return COLOURS.get(path) ?? tokens.status.unknown;
}

function classPaths(layer: LayerDocument, count: number, add: (path: Path2D, feature: number) => void): Path2D[] {
  const paths = layer.classes.map(() => new Path2D());
  for (let feature = 0; feature < count; feature += 1) {
    const path = paths[layer.of[feature] ?? 0];
    if (path) add(path, feature);
  }
  return paths;
}

function layerScene(local: Local, document: LayerDocument, origin: Point): TopicLayer {
  const empty = { id: document.id, document, shapes: [], spots: [], paths: [] };
  if (document.geometry === "polygons") {
    const list = shapes(local, document.packed, origin);
    const paths = classPaths(document, list.length, (path, feature) => {
      const shape = list[feature];
      if (shape) path.addPath(shape.path);
    });
    return { ...empty, shapes: list, paths };
  }
  if (document.geometry === "lines") {
    const lines = unpackLines(document.packed, origin);
    const paths = classPaths(document, lines.length, (path, feature) => {
      for (const line of lines[feature] ?? []) local.trace(path, line, false);
    });
    return { ...empty, paths };
  }
  return { ...empty, spots: spots(local, document.packed, origin) };
}

export function buildTopic(map: TopicDocument): TopicScene {
  const city = buildCity(map);
  const layers = map.layers.map((layer) => layerScene(city.local, layer, map.origin));
  const outlines = new Map<number, Shape>();
  for (const { document, shapes: list } of layers) {
    list.forEach((shape, feature) => {
      const item = document.item[feature] ?? -1;
      if (item >= 0 && !outlines.has(item)) outlines.set(item, shape);
    });
  }
  return { ...city, layers, items: spots(city.local, map.items.points, map.origin), outlines };
}

/** The layers that a view shows, those painted first at the front. */
export function layersOf(scene: TopicScene, view: number, shown: ReadonlySet<string>): TopicLayer[] {
  return scene.layers.filter(({ document }) => shown.has(document.id) && belongs(document, view));
}

export function belongs(layer: LayerDocument, view: number): boolean {
  return layer.views.length === 0 || layer.views.includes(view);
}

