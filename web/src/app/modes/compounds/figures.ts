// Compounds with what serves them: counted from the features that the server gives.

export interface Work {
  topic: string | null;
  stage: string;
  due: string | null;
  overdue: boolean;
}

export interface Compound {
  id: string;
  name: string | null;
  community: string | null;
  community_name: string | null;
  buildings: number;
  /** Empty: covered, its name is not posted; null: not covered. */
  organisation: string | null;
  stations: string[];
  programme: string | null;
  works: Work[];
  stage: string | null;
}

export interface Stage {
  id: string;
  zh: string;
  en: string;
}

export interface Compounds {
  features: { id: number; geometry: GeoJSON.Geometry; properties: Compound }[];
  on: string;
  stages: Stage[];
  source: string;
}

export interface Served {
  all: number;
  organised: number;
  stationed: number;
  organisations: number;
}

/** Count compounds with an organisation and with a station, and the organisations. */
export function served(rows: readonly Compound[]): Served {
  const named = new Set(rows.flatMap((row) => (row.organisation ? [row.organisation] : [])));
  return {
    all: rows.length,
    organised: rows.filter((row) => row.organisation !== null).length,
    stationed: rows.filter((row) => row.stations.length > 0).length,
    organisations: named.size,
  };
}

/** Return the compounds that lack an organisation or a station, those that lack both first. */
export function lacking(rows: readonly Compound[]): Compound[] {
  const lacks = (row: Compound) => Number(row.organisation === null) + Number(row.stations.length === 0);
  return rows.filter((row) => lacks(row) > 0).sort((a, b) => lacks(b) - lacks(a) || (a.id < b.id ? -1 : 1));
}

/** Return how many works are at each stage, in the order of the stages. */
export function atStage(rows: readonly Compound[], stages: readonly Stage[]): { stage: Stage; works: number }[] {
  const all = rows.flatMap((row) => row.works);
  return stages.map((stage) => ({ stage, works: all.filter((work) => work.stage === stage.id).length }));
}

/** Return the compounds under renovation, the furthest behind first, overdue before the others. */
export function renewed(rows: readonly Compound[], stages: readonly Stage[]): Compound[] {
  const at = (row: Compound) => stages.findIndex((stage) => stage.id === row.stage);
  const late = (row: Compound) => row.works.filter((work) => work.overdue).length;
  return rows
    .filter((row) => row.stage !== null)
    .sort((a, b) => late(b) - late(a) || at(a) - at(b) || (a.id < b.id ? -1 : 1));
}

/** Return the extent of a shape. */
export function extent(shape: GeoJSON.Geometry): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [x, y] = value as unknown[];
    if (typeof x === "number" && typeof y === "number") {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    } else for (const inner of value as unknown[]) walk(inner);
  };
  if ("coordinates" in shape) walk(shape.coordinates);
  return box;
}
