// Where the next facilities should stand: the question, the server's work on it, and its answers. No map, no page here.

import { computed, signal } from "@preact/signals";

import { Problem } from "../../api/client";
import { followJob, type Job, resultOf, stopJob, submitJob } from "../../api/jobs";
import { tell } from "../../stores/notice";
import type { Word } from "../../words/words";
import type { Who } from "./figures";
import { t } from "./words";

export interface Site {
  step: number;
  id: string;
  name: string | null;
  lon: number;
  lat: number;
  gained: number | null;
}

export interface Way extends Word {
  id: string;
  households: number | null;
  households_covered: number | null;
  mean_minutes: number | null;
  far_minutes: number | null;
  unserved: number;
  sites: Record<string, unknown>[];
}

export interface Sited {
  kind: string;
  who: Who;
  before: number | null;
  after: number | null;
  total: number;
  candidates: number;
  answer: { model: string; gap: number; proven: boolean };
  limit: { minutes: number | null };
  alternatives: Way[];
}

export const MOST_SITES = 10;
export const add = signal(1);
export const who = signal<Who>("households");
export const job = signal<Job | null>(null);
export const answer = signal<Sited | null>(null);
/** Which of the answers is on the map. */
export const shown = signal<string | null>(null);

export const way = computed(() => answer.value?.alternatives.find((one) => one.id === shown.value) ?? null);
export const sites = computed(() => (way.value && answer.value ? sitesOf(way.value.sites, answer.value.who) : []));

/** Return new sites in their order, with the people that each gains; null: held back. */
export function sitesOf(rows: readonly Record<string, unknown>[], of: Who): Site[] {
  return rows.map((row) => {
    const gained = row[`${of}_gained`];
    return {
      step: Number(row["step"]),
      id: String(row["id"]),
      name: typeof row["name"] === "string" ? row["name"] : null,
      lon: Number(row["lon"]),
      lat: Number(row["lat"]),
      gained: typeof gained === "number" ? gained : null,
    };
  });
}

/** Tell whether an answer is of what is asked now. */
export function answers(kind: string, minutes: number): boolean {
  return answer.value?.kind === kind && answer.value.limit.minutes === minutes;
}

/** Let the server look for sites. */
export async function find(kind: string, minutes: number): Promise<void> {
  if (job.value) return;
  clear();
  const site = { kind, minutes, add: add.value, who: who.value };
  try {
    const started = await submitJob({ kind: "site", compare: true, site });
    const ended = await followJob(started, (now) => (job.value = now), t("askAgain"));
    if (ended.state === "failed") tell(ended.error?.detail ?? "", "failed", ended.error?.hint);
    if (ended.state !== "done") return;
    const found = await resultOf<Sited>(ended.id);
    [answer.value, shown.value] = [found, found.answer.model];
  } catch (error) {
    if (error instanceof Problem) tell(error.message, "failed", error.hint);
    else throw error;
  } finally {
    job.value = null;
  }
}

/** Let the server stop looking. */
export async function stop(): Promise<void> {
  if (job.value) await stopJob(job.value.id);
}

/** Forget the answer. */
export function clear(): void {
  answer.value = shown.value = null;
}
