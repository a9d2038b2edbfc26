/** The borders of grids, drawn from the borders of their cells: nothing is united, corners are only strung together. */

import { E7, get, type Fabric } from "./fabric";

export type Line = [number, number][];

/** The sides of all cells, each once, with the cell on either side. */
export class Outlines {
  /** Corner numbers of the two ends of each side, and the cells beside it (-1 outside). */
  private readonly one: Int32Array;
  private readonly other: Int32Array;
  private readonly beside: Int32Array;
  private readonly sideStart: Int32Array;
  private readonly sides: Int32Array;
  private readonly cornerX: Float64Array;
  private readonly cornerY: Float64Array;

  constructor(private readonly fabric: Fabric) {
    const { corner, x, y } = corners(fabric);
    [this.cornerX, this.cornerY] = [x, y];
    const total = fabric.cornerX.length;
    const [one, other, beside] = [new Int32Array(total), new Int32Array(total), new Int32Array(2 * total).fill(-1)];
    const found = new Map<number, number>();
    const of = new Int32Array(total);
    let count = 0;
    eachSide(fabric, (at, next, cell) => {
      const [low, high] = [get(corner, at), get(corner, next)].sort((a, b) => a - b) as [number, number];
      const key = low * x.length + high; // below 2⁵³ up to ninety million corners
      let side = low === high ? -1 : found.get(key);
      if (side === undefined) {
        side = count++;
        found.set(key, side);
        one[side] = low;
        other[side] = high;
      }
      of[at] = side;
      if (side >= 0) beside[2 * side + (beside[2 * side] === -1 ? 0 : 1)] = cell;
    });
    [this.one, this.other, this.beside] = [one.slice(0, count), other.slice(0, count), beside.slice(0, 2 * count)];
    [this.sideStart, this.sides] = sidesOfCells(fabric, of);
  }

  get size(): number {
    return this.one.length;
  }

  /** The border of some cells of one label as lines: each side that has another label, or nothing, beyond it. */
  around(cells: readonly number[], label: Int32Array): Line[] {
    const at = new Map<number, number[]>();
    for (const cell of cells) {
      for (let place = get(this.sideStart, cell); place < get(this.sideStart, cell + 1); place += 1) {
        const side = get(this.sides, place);
        if (side < 0) continue;
        const [left, right] = [get(this.beside, 2 * side), get(this.beside, 2 * side + 1)];
        const beyond = left === cell ? right : left;
        if (beyond >= 0 && label[beyond] === label[cell]) continue;
        for (const end of [get(this.one, side), get(this.other, side)]) at.set(end, [...(at.get(end) ?? []), side]);
      }
    }
    return this.strung(at);
  }

  /** The outline of one cell, a polygon's rings. */
  cell(cell: number): Line[] {
    return this.ringsOf(cell).map(([from, to]) => {
      const ring: Line = [];
      for (let at = from; at < to; at += 1) {
        ring.push([get(this.fabric.cornerX, at) / E7, get(this.fabric.cornerY, at) / E7]);
      }
      const [first] = ring;
      if (first) ring.push(first);
      return ring;
    });
  }

  private ringStarts: Int32Array | null = null;

  private ringsOf(cell: number): [number, number][] {
    const { ringCell, ringStart } = this.fabric;
    if (!this.ringStarts) {
      this.ringStarts = new Int32Array(this.fabric.size + 1).fill(ringCell.length);
      for (let ring = ringCell.length - 1; ring >= 0; ring -= 1) this.ringStarts[get(ringCell, ring)] = ring;
    }
    const found: [number, number][] = [];
    for (let ring = get(this.ringStarts, cell); ring < ringCell.length && ringCell[ring] === cell; ring += 1) {
      found.push([get(ringStart, ring), get(ringStart, ring + 1)]);
    }
    return found;
  }

  private strung(at: Map<number, number[]>): Line[] {
    const used = new Set<number>();
    const lines: Line[] = [];
    for (const [first, sides] of at) {
      for (const start of sides) {
        if (used.has(start)) continue;
        const line: Line = [this.point(first)];
        for (let corner = first, side: number | undefined = start; side !== undefined; ) {
          used.add(side);
          corner = this.one[side] === corner ? get(this.other, side) : get(this.one, side);
          line.push(this.point(corner));
          side = at.get(corner)?.find((next) => !used.has(next));
        }
        lines.push(line);
      }
    }
    return lines;
  }

  private point(corner: number): [number, number] {
    return [get(this.cornerX, corner), get(this.cornerY, corner)];
  }
}

function eachSide(fabric: Fabric, visit: (at: number, next: number, cell: number) => void): void {
  for (let ring = 0; ring + 1 < fabric.ringStart.length; ring += 1) {
    const [from, to] = [get(fabric.ringStart, ring), get(fabric.ringStart, ring + 1)];
    for (let at = from; at < to; at += 1) visit(at, at + 1 === to ? from : at + 1, get(fabric.ringCell, ring));
  }
}

function corners(fabric: Fabric): { corner: Int32Array; x: Float64Array; y: Float64Array } {
  const total = fabric.cornerX.length;
  const corner = new Int32Array(total);
  const [x, y] = [new Float64Array(total), new Float64Array(total)];
  const found = new Map<number, number>();
  // From the first corner, so that a city of some degrees fits a number exactly.
  const [west, south] = [get(fabric.cornerX, 0), get(fabric.cornerY, 0)];
  for (let at = 0; at < total; at += 1) {
    const key = (get(fabric.cornerX, at) - west) * 2 ** 26 + (get(fabric.cornerY, at) - south);
    let number = found.get(key);
    if (number === undefined) {
      number = found.size;
      found.set(key, number);
      x[number] = get(fabric.cornerX, at) / E7;
      y[number] = get(fabric.cornerY, at) / E7;
    }
    corner[at] = number;
  }
  return { corner, x: x.slice(0, found.size), y: y.slice(0, found.size) };
}

/** The sides of each cell, as starts and a flat list; `of` is the side that begins at each corner. */
function sidesOfCells(fabric: Fabric, of: Int32Array): [Int32Array, Int32Array] {
  const start = new Int32Array(fabric.size + 1);
  eachSide(fabric, (_at, _next, cell) => {
    start[cell + 1] = get(start, cell + 1) + 1;
  });
  for (let cell = 0; cell < fabric.size; cell += 1) start[cell + 1] = get(start, cell + 1) + get(start, cell);
  const next = start.slice(0, fabric.size);
  const sides = new Int32Array(of.length);
  eachSide(fabric, (at, _next, cell) => {
    const place = get(next, cell);
    next[cell] = place + 1;
    sides[place] = get(of, at);
  });
  return [start, sides];
}
