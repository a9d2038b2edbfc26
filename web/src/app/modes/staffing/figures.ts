// Who works where: the places that have nobody, and the communities that need more.

export interface Community {
  code: string;
  name: string;
  bbox: [number, number, number, number] | null;
  /** Null: held back. */
  residents: number | null;
  needed: number | null;
  present: number;
  gap: number | null;
  leaders: number;
  grids: number;
  vacant: number;
  shared: number;
}

export interface GridStaff {
  grid: string;
  code: string;
  name: string | null;
  community: string;
  vacant: boolean;
  shared: boolean;
  grid_worker: number;
  cadre_liaison: number;
  posting: number;
}

export interface KindRow {
  kind: string;
  zh: string;
  en: string;
  places: number;
  holders: number;
  every: boolean;
  vacant: number;
  shared: number;
  source: string;
}

export interface Staffing {
  on: string;
  plan: string;
  per_10000: number;
  source: string;
  verified: boolean;
  kinds: KindRow[];
  communities: Community[];
  grids: GridStaff[];
}

/** Return the grids without a worker, then those that share one; within each by code. */
export function thin(grids: readonly GridStaff[]): GridStaff[] {
  const rank = (row: GridStaff) => (row.vacant ? 0 : 1);
  return grids
    .filter((row) => row.vacant || row.shared)
    .sort((a, b) => rank(a) - rank(b) || (a.code < b.code ? -1 : 1));
}

/** Return the communities that have fewer workers than they need, the largest gap first. */
export function short(communities: readonly Community[]): Community[] {
  return communities
    .filter((row) => (row.gap ?? 0) > 0)
    .sort((a, b) => (b.gap ?? 0) - (a.gap ?? 0) || (a.code < b.code ? -1 : 1));
}
