// The compounds, asked for once a visit, and drawn by what a mode says of each.

import { signal } from "@preact/signals";
import type { LayerSpecification } from "maplibre-gl";

import { get } from "../../api/client";
import type { MapView } from "../../map/view";
import type { Theme } from "../../stores/theme";
import { type Compound, type Compounds, extent } from "./figures";
import { quieten } from "./quiet";

export const compounds = signal<Compounds | null>(null);

type Pair = Readonly<Record<Theme, string>>;

/** Draw the compounds, each by the class that `of` gives and its colour; the returned function takes them away. */
export function draw(map: MapView, id: string, of: (row: Compound) => string, looks: Readonly<Record<string, Pair>>) {
  let gone = false;
  const loud = quieten(map);
  const source = `${id}-shapes`;
  const layers = (theme: Theme): LayerSpecification[] => {
    const [first, ...rest] = Object.entries(looks);
    const match = ["match", ["get", "look"], ...rest.flatMap(([name, pair]) => [name, pair[theme]]), first?.[1][theme]];
    const color = match as unknown as string;
    return [
      { id: `${id}-fill`, type: "fill", source, paint: { "fill-color": color, "fill-opacity": 0.75 } },
      { id: `${id}-line`, type: "line", source, paint: { "line-color": color, "line-width": 1.5 } },
    ];
  };
  void get<Compounds>("/api/v1/compounds").then((told) => {
    if (gone) return;
    compounds.value = told;
    const features = told.features.map(({ id: at, geometry, properties }) => {
      return { type: "Feature" as const, id: at, geometry, properties: { look: of(properties) } };
    });
    map.addLayers(id, { sources: { [source]: { type: "geojson", data: { type: "FeatureCollection", features } } }, layers });
  });
  return () => {
    gone = true;
    loud();
    map.removeLayers(id);
  };
}

/** Go to a compound. */
export function fly(map: MapView, id: string): void {
  const found = compounds.value?.features.find((one) => one.properties.id === id);
  if (found) map.fly(extent(found.geometry), 17);
}
