// Answers that may come from what was kept for when there is no network; they say since when.

import { get } from "../../api/client";

/** Get a path, and when the answer was kept, null where it is of now. */
export async function getKept(path: string): Promise<{ value: unknown; kept: string | null }> {
  if (navigator.onLine) return { value: await get<unknown>(path), kept: null };
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return { value: await answer.json(), kept: answer.headers.get("x-kept-at") };
}
