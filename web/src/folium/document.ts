// The document that `gridmap.maps.payload` writes into the page. Figures: null is unknown, -1 is held back by the release.

export type Language = "zh" | "en";
export type Figure = number | null;

/** What a grid's row in `grids.status` points at. */
export const STATUSES = ["under", "in_range", "over", "unknown", "special"] as const;
export type Status = (typeof STATUSES)[number];

export interface Areas {
  name: string[];
  shapes: string;
  anchors: string;
  room: number[];
}

export interface Grids extends Areas {
  code: string[];
  /** Name without the community's; empty, as `name` is, where a grid has no name yet. */
  short: string[];
  /** What tells grids without a name apart. */
  number: string[];
  community: string[];
  subdistrict: string[];
  status: number[];
  distance: number[];
  households: Figure[];
  unknown_buildings: number[];
  residents: Figure[];
  elders_60: Figure[];
  elders_80: Figure[];
  children: Figure[];
  compounds: number[];
  buildings: number[];
  area_m2: number[];
  compactness: Figure[];
  parts: number[];
}

export interface PlanDocument {
  label: string;
  name: string;
  grids: Grids;
  /** Rows of the communities that have no grid in this plan. */
  bare: number[];
}

export interface Facilities {
  points: string;
  kind: string[];
  name: string[];
  status: string[];
  hours: string[];
  phone: string[];
  address: string[];
}

/** A city with what the page says about itself. */
export interface CityDocument {
  title: string;
  city: string;
  sample: boolean;
  date: string;
  /** What the households count and as of when; empty where the page has none. */
  basis: string;
  basis_date: string;
  language: Language;
  origin: [number, number];
  bounds: [number, number, number, number];
  base: {
    buildings: string;
    water: string;
    green: string;
    streets: Record<string, string>;
    barriers: Record<string, string>;
    street_names: { name: string[]; anchors: string; angle: number[]; length: number[]; rank: number[] };
  };
  communities: Areas;
  subdistricts: Areas;
  compounds: Areas & { renovation: number[] };
  facilities: Facilities;
}

export interface MapDocument extends CityDocument {
  window: [number, number];
  k: number;
  plans: PlanDocument[];
}
