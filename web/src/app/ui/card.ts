// What the card of a grid tells: who answers for it, asked anew for each grid.

import { effect, signal } from "@preact/signals";

import { get } from "../api/client";
import type { Answering, Where } from "../api/types";
import { grids, plan, rows } from "../stores/plan";
import { grid } from "../stores/selection";

export interface Answer {
  grid: string;
  /** Who answers for the grid itself, and for the places around it. */
  own: readonly Answering[];
  wider: readonly Answering[];
  failed: boolean;
}

export const answer = signal<Answer | null>(null);

/** Split those who are posted with a name into the grid's own and those of its community and wider. */
export function split(answers: readonly Answering[], code: string): Pick<Answer, "own" | "wider"> {
  const posted = answers.filter((one) => one.posted && one.holder !== null);
  return {
    own: posted.filter((one) => one.level === "grid" && one.place === code),
    wider: posted.filter((one) => one.level !== "grid" && one.level !== "compound" && one.level !== "building"),
  };
}

/** Keep asking who answers for the selected grid until the returned function is called. */
export function follow(): () => void {
  let running: AbortController | null = null;
  return effect(() => {
    running?.abort();
    const id = grid.value;
    const row = id === null ? undefined : rows.value.get(id);
    const inside = grids.value?.labels.features.find((one) => one.properties.grid === id)?.geometry.coordinates;
    const name = plan.peek();
    if (answer.peek()?.grid !== id) answer.value = null;
    const [lon, lat] = inside ?? [];
    if (id === null || !row || lon === undefined || lat === undefined) return;
    const mine = (running = new AbortController());
    get<Where>("/api/v1/where", { lon, lat, plan: name }, { signal: mine.signal }).then(
      (where) => {
        if (!mine.signal.aborted) answer.value = { grid: id, failed: false, ...split(where.answers, row.code) };
      },
      () => {
        if (!mine.signal.aborted) answer.value = { grid: id, failed: true, own: [], wider: [] };
      },
    );
  });
}
