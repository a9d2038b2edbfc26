// Who is logged in, and what they may do.

import { signal } from "@preact/signals";

import { get, post, remove } from "../api/client";
import type { Session } from "../api/types";

export const session = signal<Session | null>(null);

/** Tell whether who is logged in has a right. */
export function may(right: string): boolean {
  return session.value?.rights.includes(right) ?? false;
}

/** Ask who is logged in. */
export async function look(): Promise<void> {
  session.value = await get<Session>("/api/v1/session");
}

/** Log in; throws a Problem if name or password are wrong. */
export async function login(name: string, password: string): Promise<void> {
  session.value = await post<Session>("/api/v1/session", { name, password });
}

/** Log out. */
export async function logout(): Promise<void> {
  await remove("/api/v1/session");
  await look();
}
