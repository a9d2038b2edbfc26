// Special grids, which no edit changes, as the map draws them: hatched.

import type { Grids } from "../app/api/types";
import type { Fabric, Outlines } from "../editor";

/** Return the special grids of a fabric; nothing else is in the answer. */
export function specialsOf(fabric: Fabric, outlines: Outlines): Grids {
  const rings = new Map<number, GeoJSON.Position[][][]>();
  for (let cell = 0; cell < fabric.size; cell += 1) {
    const special = fabric.special[cell] ?? -1;
    if (special >= 0) rings.set(special, [...(rings.get(special) ?? []), outlines.cell(cell)]);
  }
  const features = [...rings].map(([id, coordinates]) => ({
    type: "Feature" as const,
    id,
    properties: { kind: "special", status: "special" },
    geometry: { type: "MultiPolygon" as const, coordinates },
  }));
  return { type: "FeatureCollection", features, labels: { type: "FeatureCollection", features: [] }, notes: [] } as unknown as Grids;
}
