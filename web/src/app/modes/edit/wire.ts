// What the editor asks the server.

import { get, post, stream } from "../../api/client";
import { fabricOf, type Edit, type FabricWire, type Logged, type Window } from "../../../editor";
import type { Explained } from "../../ui/parts";
import type { EditorHost, Layout, Rebalanced } from "./host";
import { Keeper } from "./kept";

export interface Job {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  at: string;
  done: number;
  total: number;
  error: { detail: string; hint: string } | null;
}

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
}

export interface Difference {
  totals: Record<string, number>;
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
  steps: (plan: string) => get<{ state: string; next: string[] }>(`${pathOf(plan)}/steps`),
  take: (plan: string, step: string) => post<{ state: string; next: string[] }>(`${pathOf(plan)}/${step}`),
  draft: (name: string, base: string | null) => post<unknown>("/api/v1/plans", { name, base }),
  diff: (from: string, to: string) => get<Difference>(`${pathOf(from)}/diff/${encodeURIComponent(to)}`),
  job: (body: Record<string, unknown>) => post<Job>("/api/v1/jobs", body),
  result: <T>(id: string) => get<T>(`/api/v1/jobs/${id}/result`),
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
    step: (verb, base) => wire.step(plan, verb, base),
    rebalance: async (base, grid) => (await wire.rebalance(plan, base, grid)).rebalanced,
    listen: (since, heard, state) =>
      stream(
        `${pathOf(plan)}/events?since=${since}`,
        {
          hello: (data) => {
            heard((data as { revision: number }).revision, null);
          },
          change: (data) => {
            heard((data as Logged).revision, data as Logged);
          },
        },
        state,
      ),
  };
}
