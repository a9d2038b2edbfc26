// What the kernel shares with the editor: the traits of gridmap.notebook.Editor.

import type { Logged, Window } from "../editor";

export interface Facts {
  plan: string;
  window: Window;
  basis: string;
  as_of: string;
  sample: boolean;
  height: number;
  language: "zh" | "en" | null;
}

export interface Answer {
  client?: string;
  number?: number;
  revision?: number;
  rebalanced?: { buildings_moved: string[]; households_moved: number; left: string[] };
  error?: { status: number; code: string; detail: string; hint: string };
}

export interface Traits {
  cells: DataView;
  base: DataView;
  layout_of: DataView;
  log: Logged[];
  said: Record<string, unknown>;
  answer: Answer;
  facts: Facts;
}

/** The model of a widget, as anywidget hands it over. */
export interface Model {
  get: <Name extends keyof Traits>(name: Name) => Traits[Name];
  set: <Name extends keyof Traits>(name: Name, value: Traits[Name]) => void;
  save_changes: () => void;
  on: (name: string, heard: () => void) => void;
  off: (name: string, heard: () => void) => void;
}
