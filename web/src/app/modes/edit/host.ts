// Where a plan that is being edited lives: on the server of the page, or in the kernel of a notebook.

import type { Edit, Fabric, GridRecord, Logged, Window } from "../../../editor";
import type { Explained } from "../../ui/parts";
import type { Keeper } from "./kept";

export interface Layout {
  revision: number;
  grid: ArrayLike<number>;
  grids: GridRecord[];
  bridges: [string, string][];
}

export interface Rebalanced {
  buildings_moved: string[];
  households_moved: number;
  left: string[];
}

/** What the editor asks of it; what it refuses is a Problem. */
export interface EditorHost {
  readonly plan: string;
  /** Whose changes are this reader's own. */
  readonly user: string;
  readonly window: Window;
  /** What the numbers of households are. */
  readonly about: Explained;
  /** Keeps what is pending over a reload, where that can be. */
  readonly keeper: Keeper | null;
  fabric: () => Promise<Fabric>;
  layout: () => Promise<Layout>;
  /** The log after a revision. */
  changes: (since: number) => Promise<readonly Logged[]>;
  edit: (base: number, edit: Edit) => Promise<{ revision: number }>;
  /** `maker`: who had made what was taken back, where that is known. */
  step: (verb: "undo" | "redo", base: number) => Promise<{ revision?: number; maker?: string | null }>;
  rebalance: (base: number, grid: string) => Promise<Rebalanced>;
  /** Hear of revisions, and whether there is a connection, until the returned function is called. */
  listen: (since: number, heard: (revision: number, logged?: Logged | null) => void, state: (open: boolean) => void) => () => void;
}
