// What the server answers, named as the map uses it. The shapes come from the server's own definition
// (`python hatch_build.py api` writes them); here are only names, and what a definition by example cannot say:
// which words a text is one of, and what is null in other cities than the sample.

import type { paths } from "../../../generated/openapi";

type Method = "get" | "post";
type Content<Responses> = Responses extends { 200: { content: infer Found } }
  ? Found
  : Responses extends { 201: { content: infer Found } }
    ? Found
    : never;

/** What a route answers, whatever its media type. */
export type Answer<Path extends keyof paths, Verb extends Method = "get"> = paths[Path][Verb] extends {
  responses: infer Responses;
}
  ? Content<Responses>[keyof Content<Responses>]
  : never;

/** What may be null although it never is in the sample. */
export type Open<Shape, Names extends keyof Shape> = Omit<Shape, Names> & { [Name in Names]: Shape[Name] | null };
type As<Shape, Said> = Omit<Shape, keyof Said> & Said;

export type Session = Answer<"/api/v1/session">;

export type Box = [west: number, south: number, east: number, north: number];

type AnyCity = Answer<"/api/v1/city">;
export type City = As<
  Open<AnyCity, "households_basis" | "households_as_of" | "plan_in_force">,
  { bounds: Box | null }
>;

export interface Place extends As<Answer<"/api/v1/places">[number], { bbox: Box | null; children: Place[] }> {
  level: "subdistrict" | "community";
}

export type PlanRow = Answer<"/api/v1/plans">["plans"][number];

export type Status = "under" | "in_range" | "over" | "unknown" | "special";

type AnyBalance = Answer<"/api/v1/plans/{name}/balance">;
export type GridRow = As<
  Open<AnyBalance["grids"][number], "name" | "distance">,
  { kind: "resident" | "special"; status: Status }
>;
export type Totals = Open<AnyBalance["totals"], "min" | "max">;
export interface Balance {
  grids: GridRow[];
  totals: Totals;
}

type AnyGrids = Answer<"/api/v1/plans/{name}/grids">;
export type Grids = GeoJSON.FeatureCollection & { labels: GeoJSON.FeatureCollection<GeoJSON.Point, LabelOf> };
type LabelOf = AnyGrids["labels"]["features"][number]["properties"];

export type Found = As<Answer<"/api/v1/search">["found"][number], { address: string | null }>;

type AnyWhere = Answer<"/api/v1/where">;
type Level = "subdistrict" | "community" | "grid" | "compound" | "building";
type Nameless<Shape> = Shape extends { name: unknown } ? Open<Shape, "name"> : Shape;
export type Where = As<
  AnyWhere,
  { [Of in Level]: Nameless<AnyWhere[Of]> } & { plan: string | null; answers: Answering[] }
>;
export type Named = NonNullable<Where["community"]>;
export type Answering = Open<Answer<"/api/v1/where">["answers"][number], "holder" | "contact">;
