/** Compounds that grids cut though one grid could hold them. */

import { get, type Fabric } from "./fabric";

interface Piece {
  readonly households: number;
  /** How many of its cells each slot has. */
  readonly slots: Map<number, number>;
}

/** Kept up as cells move; a compound counts in each community that it lies in, without its buildings in special grids. */
export class Cuts {
  private readonly pieces = new Map<number, Piece>();
  private readonly keys: Int32Array;
  private readonly cut = new Set<number>();
  /** How many cells of each compound a slot has, special grids too. */
  private readonly within = new Map<number, Map<number, number>>();

  constructor(
    private readonly fabric: Fabric,
    private readonly max: number,
  ) {
    const sums = new Map<number, number>();
    this.keys = new Int32Array(fabric.size).fill(-1);
    for (let cell = 0; cell < fabric.size; cell += 1) {
      const compound = get(fabric.compound, cell);
      if (compound < 0 || get(fabric.special, cell) >= 0) continue;
      const key = get(fabric.community, cell) * fabric.compounds.length + compound;
      this.keys[cell] = key;
      sums.set(key, (sums.get(key) ?? 0) + get(fabric.households, cell));
    }
    for (const [key, households] of sums) this.pieces.set(key, { households, slots: new Map() });
  }

  get total(): number {
    return this.cut.size;
  }

  compoundsIn(slot: number): number {
    return this.within.get(slot)?.size ?? 0;
  }

  /** The compounds (rows of the fabric) that a grid cuts. */
  of(slot: number): number[] {
    const size = this.fabric.compounds.length;
    return [...(this.within.get(slot)?.keys() ?? [])].filter((compound) =>
      [...this.cut].some((key) => key % size === compound && this.pieces.get(key)?.slots.has(slot)),
    );
  }

  /** Every cut: the compound, its households, and the slots that share it. */
  list(): { compound: number; households: number; slots: number[] }[] {
    return [...this.cut].map((key) => {
      const piece = this.pieces.get(key);
      const slots = [...(piece?.slots.keys() ?? [])];
      return { compound: key % this.fabric.compounds.length, households: piece?.households ?? 0, slots };
    });
  }

  /** Whether the compound that a cell is in is cut. */
  isCut(cell: number): boolean {
    return this.cut.has(get(this.keys, cell));
  }

  move(cell: number, from: number, to: number): void {
    const compound = get(this.fabric.compound, cell);
    if (compound < 0) return;
    if (from >= 0) this.add(this.slotCounts(from), compound, -1);
    if (to >= 0) this.add(this.slotCounts(to), compound, 1);
    const key = get(this.keys, cell);
    const piece = this.pieces.get(key);
    if (!piece) return;
    if (from >= 0) this.add(piece.slots, from, -1);
    if (to >= 0) this.add(piece.slots, to, 1);
    if (piece.slots.size > 1 && piece.households <= this.max) this.cut.add(key);
    else this.cut.delete(key);
  }

  private slotCounts(slot: number): Map<number, number> {
    const found = this.within.get(slot) ?? new Map<number, number>();
    this.within.set(slot, found);
    return found;
  }

  private add(counts: Map<number, number>, key: number, by: number): void {
    const left = (counts.get(key) ?? 0) + by;
    if (left) counts.set(key, left);
    else counts.delete(key);
  }
}
