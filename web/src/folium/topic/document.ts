// The document that `gridmap.maps.topic` writes into a page: an answer on the map, said in both languages.

import type { CityDocument, Language } from "../document";

/** Data as they are, or words in both languages. */
export type Said = string | [zh: string, en: string];

export function say(said: Said | undefined, language: Language): string {
  if (said === undefined) return "";
  return typeof said === "string" ? said : said[language === "zh" ? 0 : 1];
}

export interface ClassDocument {
  /** Empty where the legend has nothing to say of it. */
  name: Said;
  /** Path of a colour among the tokens, such as `coverage-minutes-5`. */
  colour: string;
  count: string;
  /** Opacity of what is filled. */
  alpha: number;
  hatched: boolean;
  /** What a badge or a dot of this class carries. */
  sign: string;
  /** The colour of a ring around it; empty: none. */
  ring: string;
}

export const GEOMETRIES = ["polygons", "lines", "dots", "badges"] as const;
export type Geometry = (typeof GEOMETRIES)[number];

export interface LayerDocument {
  /** What switches it; layers of one id go together, and the first is explained. */
  id: string;
  name: Said;
  geometry: Geometry;
  packed: string;
  classes: ClassDocument[];
  /** Class of each feature. */
  of: number[];
  /** Radius of each dot in pixels at zoom 14; empty: all alike. */
  size: number[];
  /** Item that each feature belongs to, −1 none; empty: none at all. */
  item: number[];
  /** What each badge carries in place of its class's sign; empty: that. */
  signs: string[];
  /** Views that it belongs to; empty: all. */
  views: number[];
  on: boolean;
  /** Width of outlines and lines in pixels at zoom 16. */
  width: number;
  min_zoom: number;
}

export interface Items {
  points: string;
  /** How far to go in when the reader goes there. */
  zoom: number[];
  name: Said[];
  chain: Said[];
  /** Colour path and text of the one thing to know; empty: none. */
  verdict: [colour: string, text: Said][];
  /** Rows of the card: index of `labels`, value. */
  rows: [label: number, value: Said][][];
}

export interface RowDocument {
  /** Item that it goes to, −1: none. */
  item: number;
  colour: string;
  sign: string;
  name: Said;
  about: Said;
  value: string;
}

export interface ListSection {
  sort: "list";
  title: Said;
  rows: RowDocument[];
  /** What is said below the rows, such as how many more there are. */
  foot: Said;
}

export interface BoardSection {
  sort: "board";
  title: Said;
  stages: { name: Said; colour: string; count: string; about: Said; late: boolean; open: boolean; rows: RowDocument[] }[];
}

export interface BarsSection {
  sort: "bars";
  title: Said;
  bars: { name: Said; colour: string; share: number; value: string }[];
}

export interface TableSection {
  sort: "table";
  title: Said;
  columns: Said[];
  /** `view` is what a click on the row shows. */
  rows: { view: number; cells: Said[] }[];
}

export type SectionDocument = ListSection | BoardSection | BarsSection | TableSection;

export interface ViewDocument {
  name: Said;
  /** Figure and what it is of; both as they are to be read. */
  figure: string;
  of: string;
  caption: Said;
  notes: Said[];
  sections: SectionDocument[];
  /** Layers that are shown when the reader comes to this view, and layers that are not. */
  show: string[];
  hide: string[];
}

export interface TopicDocument extends CityDocument {
  heading: Said;
  choice: Said;
  views: ViewDocument[];
  layers: LayerDocument[];
  labels: Said[];
  items: Items;
  /** What the page says of all its figures, at its foot. */
  remarks: Said[];
}
