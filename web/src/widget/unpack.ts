// Reads what the kernel packs: a head as JSON and columns of numbers, in one block of bytes.

import type { FabricWire } from "../editor";
import type { Community, Named } from "../editor/fabric";

type Column = Int32Array | Float32Array | Uint8Array;

interface Part {
  name: string;
  type: string;
  at: number;
  length: number;
}

export interface Unpacked<Said> {
  said: Said;
  column: (name: string) => Column;
  names: readonly string[];
}

/** Return the values and columns of a block. Throws RangeError for a column that is not in it. */
export async function unpack<Said>(block: DataView): Promise<Unpacked<Said>> {
  const bytes = new Uint8Array(block.buffer as ArrayBuffer, block.byteOffset, block.byteLength);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream).arrayBuffer();
  const long = new DataView(whole).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(whole, 4, long));
  const { said, parts } = JSON.parse(text) as { said: Said; parts: Part[] };
  const of = new Map(parts.map((part) => [part.name, part]));
  const column = (name: string): Column => {
    const part = of.get(name);
    if (!part) throw new RangeError(`there is no column ${name}`);
    const at = 4 + long + part.at;
    if (part.type === "int32") return new Int32Array(whole, at, part.length);
    return part.type === "float32" ? new Float32Array(whole, at, part.length) : new Uint8Array(whole, at, part.length);
  };
  return { said, column, names: [...of.keys()] };
}

/** Return the columns of a fabric. */
export async function fabricIn(block: DataView): Promise<FabricWire> {
  const { said, column } = await unpack<{ communities: Community[]; compounds: Named[] }>(block);
  return {
    ...said,
    ids: new TextDecoder().decode(column("ids")).split("\n"),
    x_e7: column("x_e7"),
    y_e7: column("y_e7"),
    community: column("community"),
    compound: column("compound"),
    special: column("special"),
    households: column("households"),
    area_m2: column("area_m2"),
    perimeter_m: column("perimeter_m"),
    i: column("i"),
    j: column("j"),
    shared_m: column("shared_m"),
    barrier_m: column("barrier_m"),
    corners_e7: column("corners_e7"),
    rings: column("rings"),
    ring_cell: column("ring_cell"),
  };
}
