/** The cells that a plan is drawn on, as typed arrays: who lives in each, which touch, and their outlines. */

/** Columns as the server and the kernel send them. Whole numbers named `…_e7` are ten-millionths of a degree, each the step from the last. */
export interface FabricWire {
  readonly ids: readonly string[];
  readonly x_e7: ArrayLike<number>;
  readonly y_e7: ArrayLike<number>;
  readonly community: ArrayLike<number>;
  readonly communities: readonly Community[];
  readonly compound: ArrayLike<number>;
  readonly compounds: readonly Named[];
  readonly special: ArrayLike<number>;
  /** Null or negative where nobody knows, and where this user may not know. */
  readonly households: ArrayLike<number | null>;
  readonly area_m2: ArrayLike<number>;
  readonly perimeter_m: ArrayLike<number>;
  readonly i: ArrayLike<number>;
  readonly j: ArrayLike<number>;
  readonly shared_m: ArrayLike<number>;
  readonly barrier_m: ArrayLike<number>;
  /** Corners of the rings of all cells, one after the other, x and y in turn; a ring's last corner is not its first. */
  readonly corners_e7: ArrayLike<number>;
  /** How many corners each ring has, and the cell that it is of. */
  readonly rings: ArrayLike<number>;
  readonly ring_cell: ArrayLike<number>;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Community {
  readonly code: string;
  readonly name: string;
  /** Whether this user may change its grids. */
  readonly open: boolean;
}

export interface Fabric {
  readonly size: number;
  readonly ids: readonly string[];
  readonly cellOf: ReadonlyMap<string, number>;
  /** Longitude and latitude of each building. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly community: Int32Array;
  readonly communities: readonly Community[];
  readonly compound: Int32Array;
  readonly compounds: readonly Named[];
  readonly special: Int32Array;
  readonly households: Int32Array;
  readonly known: Uint8Array;
  readonly built: Uint8Array;
  readonly area: Float64Array;
  readonly perimeter: Float64Array;
  /** Neighbours of cell c are `near[start[c]]` … `near[start[c + 1] - 1]`. */
  readonly start: Int32Array;
  readonly near: Int32Array;
  readonly shared: Float64Array;
  /** 1 where the border lies along a barrier. */
  readonly barred: Uint8Array;
  /** Corners in ten-millionths of a degree; ring r has `ringStart[r]` … `ringStart[r + 1] - 1`. */
  readonly cornerX: Int32Array;
  readonly cornerY: Int32Array;
  readonly ringStart: Int32Array;
  readonly ringCell: Int32Array;
}

export const E7 = 1e7;

/** A border lies along a barrier where nine tenths of it do, as redrawing has it. */
const ALONG_BARRIER = 0.9;

/** Read a value of an array at a place that is known to exist. */
export function get(values: ArrayLike<number>, at: number): number {
  return values[at] ?? 0;
}

/** Return the fabric of the columns that were sent. Throws RangeError where they do not fit together. */
export function fabricOf(wire: FabricWire): Fabric {
  const size = wire.ids.length;
  for (const column of [wire.x_e7, wire.y_e7, wire.community, wire.compound, wire.special, wire.area_m2]) {
    if (column.length !== size) throw new RangeError(`columns of ${size} cells have ${column.length} values`);
  }
  const corners = wire.corners_e7.length / 2;
  const cornerX = new Int32Array(corners);
  const cornerY = new Int32Array(corners);
  for (let at = 0, x = 0, y = 0; at < corners; at += 1) {
    cornerX[at] = x += get(wire.corners_e7, 2 * at);
    cornerY[at] = y += get(wire.corners_e7, 2 * at + 1);
  }
  const ringStart = new Int32Array(wire.rings.length + 1);
  for (let ring = 0; ring < wire.rings.length; ring += 1) {
    ringStart[ring + 1] = get(ringStart, ring) + get(wire.rings, ring);
  }
  return {
    size,
    ids: wire.ids,
    cellOf: new Map(wire.ids.map((id, cell) => [id, cell])),
    x: degrees(wire.x_e7),
    y: degrees(wire.y_e7),
    community: Int32Array.from(wire.community),
    communities: wire.communities,
    compound: Int32Array.from(wire.compound),
    compounds: wire.compounds,
    special: Int32Array.from(wire.special),
    households: Int32Array.from(wire.households, (count) => Math.max(count ?? 0, 0)),
    known: Uint8Array.from(wire.households, (count) => (count === null || count < 0 ? 0 : 1)),
    built: Uint8Array.from(wire.ids, (id) => (id.startsWith("area:") ? 0 : 1)),
    area: Float64Array.from(wire.area_m2),
    perimeter: Float64Array.from(wire.perimeter_m),
    ...neighbours(wire, size),
    cornerX,
    cornerY,
    ringStart,
    ringCell: Int32Array.from(wire.ring_cell),
  };
}

function degrees(steps: ArrayLike<number>): Float64Array {
  const made = new Float64Array(steps.length);
  for (let at = 0, sum = 0; at < steps.length; at += 1) {
    sum += get(steps, at);
    made[at] = sum / E7;
  }
  return made;
}

function neighbours(wire: FabricWire, size: number): Pick<Fabric, "start" | "near" | "shared" | "barred"> {
  const pairs = wire.i.length;
  const start = new Int32Array(size + 1);
  for (let edge = 0; edge < pairs; edge += 1) {
    for (const end of [get(wire.i, edge), get(wire.j, edge)]) start[end + 1] = get(start, end + 1) + 1;
  }
  for (let cell = 0; cell < size; cell += 1) start[cell + 1] = get(start, cell + 1) + get(start, cell);
  const next = start.slice(0, size);
  const near = new Int32Array(2 * pairs);
  const shared = new Float64Array(2 * pairs);
  const barred = new Uint8Array(2 * pairs);
  for (let edge = 0; edge < pairs; edge += 1) {
    const [i, j] = [get(wire.i, edge), get(wire.j, edge)];
    const along = get(wire.barrier_m, edge) >= ALONG_BARRIER * get(wire.shared_m, edge) ? 1 : 0;
    for (const [one, other] of [
      [i, j],
      [j, i],
    ] as const) {
      const at = get(next, one);
      next[one] = at + 1;
      near[at] = other;
      shared[at] = get(wire.shared_m, edge);
      barred[at] = along;
    }
  }
  return { start, near, shared, barred };
}
