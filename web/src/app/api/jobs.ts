// Long work of the server: submitted, followed to its end, stopped.

import { get, post, Problem, remove, stream } from "./client";

export interface Job {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  at: string;
  done: number;
  total: number;
  error: { detail: string; hint: string } | null;
}

const ENDS: readonly string[] = ["done", "failed", "cancelled"];

export const submitJob = (body: Readonly<Record<string, unknown>>): Promise<Job> => post<Job>("/api/v1/jobs", body);
export const resultOf = <T>(id: string): Promise<T> => get<T>(`/api/v1/jobs/${id}/result`);
/** Jobs that were told to stop. */
const stopped = new Set<string>();

/** Stop a job. One that comes to its end before it hears of it counts as stopped all the same: nobody waits for it. */
export function stopJob(id: string): Promise<void> {
  stopped.add(id);
  return remove(`/api/v1/jobs/${id}`);
}

/**
 * Follow a job to its end; `told` hears of each step. A server that has been restarted knows no jobs of before: then it
 * has failed, and `again` is the hint.
 */
export function followJob(started: Job, told: (now: Job) => void, again: string): Promise<Job> {
  told(started);
  return new Promise((resolve) => {
    const ended = (data: unknown): void => {
      end();
      const now = data as Job;
      resolve(now.state === "done" && stopped.delete(now.id) ? { ...now, state: "cancelled" } : now);
    };
    const heard = (data: unknown): void => {
      told(data as Job);
    };
    const on = { progress: heard, done: ended, failed: ended, cancelled: ended };
    const end = stream(`/api/v1/jobs/${started.id}/events`, on, (open) => {
      if (open) return;
      get<Job>(`/api/v1/jobs/${started.id}`).then(
        (now) => {
          if (ENDS.includes(now.state)) ended(now);
        },
        (error: unknown) => {
          if (error instanceof Problem && error.status === 404) {
            ended({ ...started, state: "failed", error: { detail: error.message, hint: again } });
          }
        },
      );
    });
  });
}
