// The wizard that brings a file in, as steps: choose, read, look at the proposal, take, findings. Pure; the view sends and shows.

export interface Match {
  field: string;
  columns: string[];
  how: string;
  basis: string;
}

export interface Candidate {
  crs: string;
  name: string;
  swap_axes: boolean;
  offset: [number, number];
  fit: number;
  inside: number;
  east_m: number | null;
  north_m: number | null;
  lon: number;
  lat: number;
  by: string;
}

export interface Proposal {
  id: string;
  layer: string;
  source_layer: string;
  format: string;
  driver: string;
  encoding: { name: string; how: string; note: string };
  preview: string[];
  crs: string | null;
  crs_how: string;
  mapping: Match[];
  unmapped: string[];
  missing: string[];
  rows: number;
  swap_axes: boolean;
  offset: [number, number];
  notes: string[];
  candidates: Candidate[];
}

export interface Report {
  layer: string;
  rows: number;
  notes: string[];
  [other: string]: unknown;
}

export interface Finding {
  id: string;
  rule: string;
  severity: "error" | "warning" | "note";
  layer: string;
  feature: string | null;
  message: string;
  remedy: string;
  lon?: number;
  lat?: number;
  repair?: string;
  safe?: boolean;
  area_m2?: number;
  households?: number;
}

/** How else to read the file; what is left out is as the server proposes it. */
export interface Choices {
  crs?: string;
  encoding?: string;
  swap_axes?: boolean;
  offset?: [number, number];
  columns: Record<string, string>;
}

export interface Wizard {
  step: "file" | "sending" | "proposal" | "taking" | "findings";
  name: string;
  layer: string;
  proposal: Proposal | null;
  choices: Choices;
  report: Report | null;
  error: { code: string; detail: string; hint: string } | null;
}

export const START: Wizard = {
  step: "file",
  name: "",
  layer: "compounds",
  proposal: null,
  choices: { columns: {} },
  report: null,
  error: null,
};

export type Event =
  | { event: "layer"; layer: string }
  | { event: "send"; name: string }
  | { event: "proposed"; proposal: Proposal }
  | { event: "choose"; choices: Partial<Choices> }
  | { event: "take" }
  | { event: "taken"; report: Report }
  | { event: "failed"; code: string; detail: string; hint: string }
  | { event: "again" };

/** Return the wizard after something happened. A failure leads back to the step that can put it right. */
export function next(now: Wizard, came: Event): Wizard {
  switch (came.event) {
    case "layer":
      return { ...now, layer: came.layer, error: null };
    case "send":
      return { ...START, layer: now.layer, step: "sending", name: came.name };
    case "proposed":
      return { ...now, step: "proposal", proposal: came.proposal, error: null };
    case "choose":
      return { ...now, choices: merged(now.choices, came.choices), error: null };
    case "take":
      return takeable(now) ? { ...now, step: "taking", error: null } : now;
    case "taken":
      return { ...now, step: "findings", report: came.report, error: null };
    case "failed": {
      const error = { code: came.code, detail: came.detail, hint: came.hint };
      return { ...now, step: now.proposal === null ? "file" : "proposal", error };
    }
    case "again":
      return { ...START, layer: now.layer };
  }
}

function merged(old: Choices, chosen: Partial<Choices>): Choices {
  const columns = { ...old.columns, ...(chosen.columns ?? {}) };
  return { ...old, ...chosen, columns };
}

/** Return whether the proposal can be taken: a CRS is known and no required column is missing. */
export function takeable(now: Wizard): boolean {
  const read = now.step === "proposal" ? now.proposal : null;
  return read !== null && read.crs !== null && read.missing.length === 0;
}

/** Return the choice that takes a candidate. */
export function chosen(candidate: Candidate): Partial<Choices> {
  return { crs: candidate.crs, swap_axes: candidate.swap_axes, offset: candidate.offset };
}

/** Return how far a layer would lie from where it fits best, null where that cannot be told. */
export function offset_m(candidate: Candidate): number | null {
  return candidate.east_m === null || candidate.north_m === null
    ? null
    : Math.hypot(candidate.east_m, candidate.north_m);
}

/** Return whether a candidate is what the proposal reads with now. */
export function isTaken(candidate: Candidate, proposal: Proposal): boolean {
  return (
    candidate.crs === proposal.crs &&
    candidate.swap_axes === proposal.swap_axes &&
    candidate.offset[0] === proposal.offset[0] &&
    candidate.offset[1] === proposal.offset[1]
  );
}

const WEIGHT = { error: 0, warning: 1, note: 2 } as const;

/** Order findings: errors first, those that can be repaired before those that cannot, then by rule. */
export function ranked(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      WEIGHT[a.severity] - WEIGHT[b.severity] ||
      Number(b.repair !== undefined) - Number(a.repair !== undefined) ||
      a.rule.localeCompare(b.rule) ||
      a.id.localeCompare(b.id),
  );
}

/** Return findings as points of a map. */
export function onMap(findings: readonly Finding[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: "FeatureCollection",
    features: findings.flatMap(({ id, rule, severity, lon, lat }) =>
      lon === undefined || lat === undefined
        ? []
        : [{ type: "Feature", properties: { id, rule, severity }, geometry: { type: "Point", coordinates: [lon, lat] } }],
    ),
  };
}

const ENDINGS = /\.(geojson|json|gpkg|zip|kml|kmz|dxf|csv|xlsx|xls|gml|fgb|parquet)$/i;

/** Return why a file cannot be sent, null if it can. A shapefile is many files: it comes as a .zip. */
export function unfit(name: string): "shapefile" | "ending" | null {
  if (/\.(shp|shx|dbf|prj)$/i.test(name)) return "shapefile";
  return ENDINGS.test(name) ? null : "ending";
}
