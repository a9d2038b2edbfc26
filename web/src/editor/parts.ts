/** Which cells of a grid hang together. */

import { get, type Fabric } from "./fabric";

/** Return the connected parts of some cells of one label, the largest first. Costs those cells and their neighbours. */
export function partsOf(
  fabric: Fabric,
  label: Int32Array,
  cells: readonly number[],
  bridges: ReadonlyMap<number, readonly number[]>,
  dry: boolean,
): number[][] {
  const seen = new Set<number>();
  const found: number[][] = [];
  for (const first of cells) {
    if (seen.has(first)) continue;
    seen.add(first);
    const part = [first];
    for (const cell of part) {
      const visit = (other: number): void => {
        if (label[other] !== label[cell] || seen.has(other)) return;
        seen.add(other);
        part.push(other);
      };
      for (let edge = get(fabric.start, cell); edge < get(fabric.start, cell + 1); edge += 1) {
        if (!(dry && get(fabric.barred, edge))) visit(get(fabric.near, edge));
      }
      bridges.get(cell)?.forEach(visit);
    }
    found.push(part);
  }
  return found.sort((one, other) => other.length - one.length);
}
