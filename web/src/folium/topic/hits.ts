// What stands at a point of the map: a dot first, then the smallest area.

import type { Point } from "../unpack";
import { find } from "../scene";
import { dotRadius } from "./painter";
import { layersOf, type TopicScene } from "./scene";

/** The item at a point, or −1; `near` says how many pixels a spot is away. */
export function itemAt(
  scene: TopicScene,
  view: number,
  shown: ReadonlySet<string>,
  zoom: number,
  point: Point,
  near: (at: Point) => number,
): number {
  const layers = layersOf(scene, view, shown).filter(({ document }) => zoom >= document.min_zoom && document.item.length > 0);
  let best = -1;
  let least = Infinity;
  for (const { document, spots } of layers) {
    if (document.geometry !== "dots") continue;
    spots.forEach((spot, feature) => {
      const away = near(spot.point) - dotRadius(document.size[feature] ?? 4, zoom);
      if (away <= 5 && away < least) [best, least] = [document.item[feature] ?? -1, away];
    });
  }
  if (best >= 0) return best;
  for (const { document, shapes } of [...layers].reverse()) {
    const item = document.item[find(shapes, point)] ?? -1;
    if (item >= 0) return item;
  }
  return -1;
}
