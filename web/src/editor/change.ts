/** What changes a plan: the same values as the server's log has, so that both can be replayed and taken back alike. */

export interface GridRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: "resident" | "special";
  readonly community: string;
  readonly locked: boolean;
  readonly code: string;
}

/** Grids taken out, records put in at their positions, and the new grid of each cell that moves ("" for none). */
export interface Change {
  readonly drop?: readonly string[];
  readonly put?: readonly (readonly [number, GridRecord])[];
  readonly cells?: Readonly<Record<string, readonly string[]>>;
  readonly bridges?: readonly (readonly [string, string])[];
  /** Cells or special grids that are other ones now: only the server can tell the plan then. */
  readonly gone?: readonly string[];
  readonly specials?: readonly unknown[];
}

/** An edit as it is sent, in the short form. */
export type Edit =
  | { readonly kind: "assign"; readonly payload: { readonly buildings: readonly string[]; readonly grid: string } }
  | { readonly kind: "merge"; readonly payload: { readonly grid: string; readonly other: string } }
  | {
      readonly kind: "split";
      readonly payload: {
        readonly grid: string;
        readonly buildings: readonly string[];
        readonly new: string;
        readonly name?: string;
      };
    }
  | { readonly kind: "lock"; readonly payload: { readonly grid: string; readonly locked: boolean } }
  | { readonly kind: "rename"; readonly payload: { readonly grid: string; readonly name: string } };

export type RefusalCode =
  | "grid-unknown"
  | "grid-locked"
  | "grid-special"
  | "grid-same"
  | "grid-duplicate"
  | "other-community"
  | "building-unknown"
  | "building-elsewhere"
  | "split-empty"
  | "split-whole"
  | "outside-area";

/** An edit that is not allowed, for the reason that the server gives too. */
export class Refused extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly about: string,
  ) {
    super(`${code}: ${about}`);
  }
}

/** Tell whether the client can make a change by itself. */
export function replayable(change: Change | null | undefined): change is Change {
  return change !== null && change !== undefined && !("gone" in change) && !("specials" in change);
}
