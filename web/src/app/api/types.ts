// What the server answers, as the map uses it. The names of the answers' parts are those of docs/api.md.

export interface Session {
  name: string;
  role: string;
  scope: string[];
  rights: string[];
  local: boolean;
}

export type Box = [west: number, south: number, east: number, north: number];

export interface City {
  name: string;
  sample: boolean;
  bounds: Box | null;
  revision: number;
  profile: string;
  crs: string;
  window: { min: number; max: number };
  k: number;
  households_basis: string | null;
  households_as_of: string | null;
  plan_in_force: string | null;
  kinds: { id: string; zh: string; en: string }[];
  today: string;
}

export interface Place {
  level: "subdistrict" | "community";
  code: string;
  name: string;
  bbox: Box | null;
  children: Place[];
}

export interface PlanRow {
  name: string;
  state: string;
  revision: number;
  grids: number;
  saved: string;
  base: string | null;
  note: string;
}

export type Status = "under" | "in_range" | "over" | "unknown" | "special";

export interface GridRow {
  grid: string;
  code: string;
  name: string | null;
  kind: "resident" | "special";
  community: string;
  community_name: string;
  locked: boolean;
  status: Status;
  distance: number | null;
  parts: number;
  compounds: number;
  buildings: number;
  unknown_buildings: number;
  area_m2: number;
  polsby_popper: number;
  households: number | null;
  households_suppressed: boolean;
  residents: number | null;
  residents_suppressed: boolean;
  elders_60: number | null;
  elders_60_suppressed: boolean;
  elders_80: number | null;
  elders_80_suppressed: boolean;
  children: number | null;
  children_suppressed: boolean;
}

export interface Totals {
  grids: number;
  special_grids: number;
  under: number;
  in_range: number;
  over: number;
  min: number | null;
  max: number | null;
  contiguity_breaks: number;
  compounds_split: number;
  min_households: number;
  max_households: number;
  households: number | null;
}

export interface Balance {
  grids: GridRow[];
  totals: Totals;
  basis?: string | null;
  as_of?: string | null;
  notes?: string[];
}

export interface Grids extends GeoJSON.FeatureCollection {
  labels: GeoJSON.FeatureCollection<GeoJSON.Point, { grid: string; label: string }>;
  notes: string[];
}

export interface Found {
  kind: string;
  code: string;
  name: string;
  lon: number;
  lat: number;
  address: string | null;
}

export interface Named {
  code: string;
  name: string | null;
  kind?: string;
}

export interface Answering {
  level: string;
  place: string;
  kind: string;
  title: string;
  holder: string | null;
  contact: string | null;
  posted: boolean;
}

export interface Where {
  subdistrict: Named | null;
  community: Named | null;
  grid: Named | null;
  compound: Named | null;
  building: Named | null;
  plan: string | null;
  at: string;
  answers: Answering[];
}
