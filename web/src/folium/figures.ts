// What the panel says about a plan: counts, histogram, the worst grids. No page here.

import { STATUSES, type Figure, type Grids, type Status } from "./document";

export interface Totals {
  resident: number;
  special: number;
  counts: Record<Status, number>;
  households: number;
  unknownBuildings: number;
}

export function statusOf(grids: Grids, index: number): Status {
  return STATUSES[grids.status[index] ?? 3] ?? "unknown";
}

export function totals(grids: Grids): Totals {
  const counts: Record<Status, number> = { under: 0, in_range: 0, over: 0, unknown: 0, special: 0 };
  let households = 0;
  let unknownBuildings = 0;
  grids.status.forEach((_, index) => {
    const status = statusOf(grids, index);
    counts[status] += 1;
    if (status === "special") return;
    households += Math.max(grids.households[index] ?? 0, 0);
    unknownBuildings += grids.unknown_buildings[index] ?? 0;
  });
  const resident = grids.status.length - counts.special;
  return { resident, special: counts.special, counts, households, unknownBuildings };
}

/** Rows of the grids farthest out of range, worst first; ties by code, so the list is the same everywhere. */
export function worst(grids: Grids, most = 10): number[] {
  return grids.status
    .map((_, index) => index)
    .filter((index) => statusOf(grids, index) === "under" || statusOf(grids, index) === "over")
    .sort((a, b) => {
      const gap = Math.abs(grids.distance[b] ?? 0) - Math.abs(grids.distance[a] ?? 0);
      return gap || (grids.code[a] ?? "").localeCompare(grids.code[b] ?? "");
    })
    .slice(0, most);
}

export interface Bin {
  from: number;
  to: number;
  count: number;
  status: Status;
}

/** Count resident grids by households in bins that start and end on the window's limits. The last bin is open. */
export function histogram(grids: Grids, [low, high]: readonly [number, number], bins = 4): Bin[] {
  const width = Math.max(1, (high - low) / bins);
  const first = Math.ceil(low / width);
  const count = first + bins + Math.ceil((high * 0.8) / width);
  const start = low - first * width;
  const out: Bin[] = Array.from({ length: count }, (_, index) => {
    const from = Math.max(0, start + index * width);
    const status = index < first ? "under" : index < first + bins ? "in_range" : "over";
    return { from, to: start + (index + 1) * width, count: 0, status };
  });
  grids.households.forEach((value, index) => {
    if (value === null || statusOf(grids, index) === "special") return;
    // The upper limit is still in range, so it counts in the last bin of the window.
    const at = value === high ? first + bins - 1 : Math.floor((value - start) / width);
    const bin = out[Math.min(Math.max(at, 0), count - 1)];
    if (bin) bin.count += 1;
  });
  return out;
}

/** How strongly a grid out of range is coloured, 0 at the limit to 1 at half the window's width away. */
export function depth(distance: Figure | undefined, [low, high]: readonly [number, number]): number {
  const span = Math.max(1, (high - low) * 0.75);
  return Math.min(1, Math.abs(distance ?? 0) / span);
}
