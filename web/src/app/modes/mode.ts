// What a mode of the map is: one question, one panel, and what it lays over the map.

import type { ComponentType } from "preact";

import type { Session } from "../api/types";
import type { MapView } from "../map/view";
import type { Word } from "../words/words";

/** A line of the legend: a sign as it is on the map, what it means, and how many there are. */
export interface Entry {
  shape: "area" | "hatch" | "line" | "dot" | "ring" | "badge";
  /** As it is worn in the theme of the moment. */
  colour: string;
  label: string;
  /** What stands in a badge. */
  sign?: string;
  /** How much of the ground shows through an area: 1 is none. */
  opacity?: number;
  value?: string;
}

export interface Mode {
  id: string;
  /** The key that switches to it. */
  key: string;
  words: Word;
  /** The path of its sign, in a box of 24 by 24. */
  icon: string;
  allowed(session: Session): boolean;
  Panel: ComponentType<{ map: MapView }>;
  /** Lay the mode's layers over the map; the returned function takes them away. */
  enter(map: MapView): () => void;
  /** What its signs mean, in the reader's language and theme; left out where the grids are drawn by their status. */
  legend?: () => Entry[];
  /** Whether it is of use on a phone. */
  phone: boolean;
}

/** What is loaded of a mode when it is first used. */
export type Made = Pick<Mode, "Panel" | "enter" | "legend">;

/** What is known of a mode before its code is there. */
export type Listed = Omit<Mode, keyof Made> & { load: () => Promise<{ default: Made }> };
