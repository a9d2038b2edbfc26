// What the editor asks the server.

import { get, post, stream } from "../../api/client";
import { fabricOf, type Edit, type FabricWire, type Logged, type Window } from "../../../editor";
import type { Explained } from "../../ui/parts";
import type { EditorHost, Layout, Rebalanced } from "./host";
import { Keeper } from "./kept";

const AGAIN_MS = 2_000;

/** A drawing of the whole plan as one edit, as the server logs it. */
export interface Redrawing {
  kind: "redraw";
  payload: { moves: { from: string | null; to: string | null; buildings: string[] }[] } & Record<string, unknown>;
}

export interface Choice {
  households_moved: number;
  households_moved_pct: number;
  mean_polsby_popper: number;
  grids_out_of_range: number;
}

export interface Frontier {
  present: Choice;
  choices: Choice[];
  edits: Redrawing[];
  /** The revision that they start from. */
  base: number;
}

/** Where a plan is on its way into force, who took which step, and which may be taken now. */
export interface Steps {
  state: string;
  steps: { step: string; state: string; user: string; at: string; note: string }[];
  next: string[];
}

export interface Entry {
  revision: number;
  user: string;
  reverts: number | null;
}

/** What moves from a grid to another. */
export interface Moved {
  from_grid: string;
  to_grid: string;
  households: number;
  buildings: number;
}

export interface Difference {
  totals: Record<string, number>;
  changes: Moved[];
}

export const pathOf = (plan: string): string => `/api/v1/plans/${encodeURIComponent(plan)}`;

export const wire = {
  fabric: (plan: string) => get<FabricWire>(`${pathOf(plan)}/fabric`),
  layout: (plan: string) => get<Layout>(`${pathOf(plan)}/layout`),
  changes: async (plan: string, since: number) =>
    (await get<{ changes: Logged[] }>(`${pathOf(plan)}/changes`, { since })).changes,
  edit: (plan: string, base: number, edit: Edit | Redrawing) =>
    post<{ revision: number }>(`${pathOf(plan)}/edits`, { base, ...edit }),
  step: (plan: string, verb: "undo" | "redo", base: number) =>
    post<{ revision: number }>(`${pathOf(plan)}/${verb}`, { base }),
  rebalance: (plan: string, base: number, grid: string) =>
    post<{ rebalanced: Rebalanced }>(`${pathOf(plan)}/rebalance`, { base, grid }),
  steps: (plan: string) => get<Steps>(`${pathOf(plan)}/steps`),
  /** `base`: the revision that was looked at, of steps that ask for it. */
  take: (plan: string, step: string, note: string, base: number | null) =>
    post<Steps>(`${pathOf(plan)}/${step}`, { note, ...(base === null ? {} : { base }) }),
  history: (plan: string) => get<{ history: Entry[] }>(`${pathOf(plan)}/history`),
  draft: (name: string, base: string | null) => post<unknown>("/api/v1/plans", { name, base }),
  diff: (from: string, to: string) => get<Difference>(`${pathOf(from)}/diff/${encodeURIComponent(to)}`),
};

/** A plan that lives on the server. */
export function serverHost(plan: string, user: string, window: Window, about: Explained): EditorHost {
  return {
    plan,
    user,
    window,
    about,
    keeper: new Keeper(localStorage, sessionStorage, plan),
    fabric: async () => fabricOf(await wire.fabric(plan)),
    layout: () => wire.layout(plan),
    changes: (since) => wire.changes(plan, since),
    edit: (base, edit) => wire.edit(plan, base, edit),
    step: async (verb, base) => {
      const { revision } = await wire.step(plan, verb, base);
      return { revision, maker: verb === "undo" ? await makerOf(plan, revision).catch(() => null) : null };
    },
    rebalance: async (base, grid) => (await wire.rebalance(plan, base, grid)).rebalanced,
    listen: (since, heard, state) => listening(plan, since, heard, state),
  };
}

/** Who made the change that a revision took back. */
async function makerOf(plan: string, revision: number): Promise<string | null> {
  const { history } = await wire.history(plan);
  const reverted = history.find((one) => one.revision === revision)?.reverts;
  return history.find((one) => one.revision === reverted)?.user ?? null;
}

/** Follow a plan's events. A server that is being restarted may answer with no stream at all, and then browsers give up. */
function listening(plan: string, since: number, heard: (revision: number) => void, state: (open: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end: () => void = () => undefined;
  const told = (data: unknown): void => {
    heard((data as { revision: number }).revision);
  };
  const begin = (): void => {
    end = stream(`${pathOf(plan)}/events?since=${since}`, { hello: told, change: told }, (open, over) => {
      state(open);
      if (!over) return;
      end();
      timer = setTimeout(begin, AGAIN_MS);
    });
  };
  begin();
  return () => {
    clearTimeout(timer);
    end();
  };
}
