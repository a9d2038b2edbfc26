// Asks the server: typed answers, typed errors, 304 where nothing has changed.

import { signal } from "@preact/signals";

/** What the server says went wrong; `code` is stable, `hint` says what to do. Status 0: it did not answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = "",
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "Problem";
  }
}

/** Rises each time the server asks for a login. */
export const loginNeeded = signal(0);

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

const KEPT = 60;
const kept = new Map<string, { tag: string; value: unknown }>();

/** Forget every answer: somebody else looks now. */
export function forgetAnswers(): void {
  kept.clear();
}

/** Return a path with its query; parameters without a value are left out. */
export function address(path: string, query: Query = {}): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) made.set(name, String(value));
  }
  const text = made.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function ask(path: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "no-answer", "The server does not answer.");
  }
  if (answer.ok || answer.status === 304) return answer;
  throw await problemOf(answer);
}

async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : "");
  if (text("code") === "login-needed") loginNeeded.value += 1;
  return new Problem(answer.status, text("code") || "unclear", text("detail") || answer.statusText, text("hint"), body);
}

/** Get a path. An answer that has not changed is the same object as before. */
export async function get<T>(path: string, query: Query = {}, options: { signal?: AbortSignal } = {}): Promise<T> {
  const whole = address(path, query);
  const before = kept.get(whole);
  const answer = await ask(whole, { ...options, headers: before ? { "If-None-Match": before.tag } : {} });
  if (answer.status === 304 && before) return before.value as T;
  const value = (await answer.json()) as T;
  const tag = answer.headers.get("etag");
  if (tag) {
    kept.delete(whole);
    kept.set(whole, { tag, value });
    const oldest = kept.keys().next();
    if (kept.size > KEPT && !oldest.done) kept.delete(oldest.value);
  }
  return value;
}

/** Post a JSON body. */
export async function post<T>(path: string, body: unknown = {}, options: { signal?: AbortSignal } = {}): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(path, { ...options, method: "POST", headers, body: JSON.stringify(body) });
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Post a file or other bytes as they are. */
export async function upload<T>(path: string, query: Query, body: Blob): Promise<T> {
  const answer = await ask(address(path, query), { method: "POST", body });
  return (await answer.json()) as T;
}

/** Delete what is at a path. */
export async function remove(path: string): Promise<void> {
  await ask(path, { method: "DELETE" });
}

/**
 * Listen to a stream of events of the given names until the returned function is called. `state` is told when it opens
 * and when it breaks; `over`: the browser does not try again, because what answered was no stream.
 */
export function stream(
  path: string,
  on: Readonly<Record<string, (data: unknown, id: string) => void>>,
  state: (open: boolean, over: boolean) => void = () => undefined,
): () => void {
  const source = new EventSource(path);
  for (const [name, heard] of Object.entries(on)) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      heard(JSON.parse(event.data) as unknown, event.lastEventId);
    });
  }
  source.onopen = () => {
    state(true, false);
  };
  source.onerror = () => {
    state(false, source.readyState === EventSource.CLOSED);
  };
  return () => {
    source.close();
  };
}
