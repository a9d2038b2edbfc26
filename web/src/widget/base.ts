// The base map of a notebook: tiles that came with the plan, served to MapLibre from memory.

import { addProtocol } from "maplibre-gl";

import type { Box } from "../app/api/types";
import type { TileSet } from "../app/map/view";
import { unpack } from "./unpack";

let count = 0;

/** Return the base map of a block: where its tiles are, and its extent. */
export async function baseIn(block: DataView): Promise<{ tiles: TileSet; bounds: Box | null }> {
  const { said, column, names } = await unpack<{ zooms: [number, number]; bounds: Box | null }>(block);
  const there = new Set(names);
  const scheme = `gridmap-${++count}`;
  addProtocol(scheme, ({ url }) => {
    const name = url.slice(scheme.length + 3);
    // A copy: MapLibre gives it away to its worker.
    return Promise.resolve({ data: there.has(name) ? column(name).slice().buffer : new ArrayBuffer(0) });
  });
  return { tiles: { tiles: [`${scheme}://{z}/{x}/{y}`], maxzoom: said.zooms[1] }, bounds: said.bounds };
}
