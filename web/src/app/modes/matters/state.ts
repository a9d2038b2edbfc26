// The state of matters: the board, an inbox, a grid's record, one matter opened. No DOM, no map.

import { computed, signal } from "@preact/signals";

import { get, post, Problem } from "../../api/client";
import { city } from "../../stores/city";
import { tell } from "../../stores/notice";
import { say } from "../../words/words";
import { openColumns, overdueFirst, totals, type Actor, type Card, type Column, type Kind } from "./board";
import { body, CLOSED, sendable, whistled, type Act } from "./whistle";
import { words } from "./words";

export interface Matter extends Card {
  organisation: string | null;
  rating: number | null;
  note: string | null;
  history: { at: string; action: string; from: string | null; to: string; actor: string | null }[];
}

export interface Record {
  grid: { code: string; name: string | null; kind: string };
  answers: { place: string; kind: string; title: string; en: string; holder: string | null; contact: string | null }[];
  open: number;
  late: number;
  ended: number;
  matters: Card[];
  facilities: { id: string; name: string | null; kind: string }[];
}

export interface Organisation {
  id: string;
  name: string | null;
  kind: string | null;
}

export const kinds = signal<Kind[]>([]);
export const kindId = signal("request");
export const columns = signal<Column[]>([]);
export const organisations = signal<Organisation[]>([]);
export const tab = signal<"board" | "inbox" | "record">("board");
export const department = signal("");
export const inbox = signal<Card[] | null>(null);
export const record = signal<Record | null>(null);
export const matter = signal<Matter | null>(null);
export const actor = signal<Actor>("grid_worker");
export const heat = signal(true);
export const ratingLink = signal<string | null>(null);
export const whistle = signal(CLOSED);
/** Rises with each change, so that the map asks again. */
export const changes = signal(0);

export const kind = computed(() => kinds.value.find((one) => one.id === kindId.value) ?? null);
export const today = computed(() => city.value?.today ?? new Date().toISOString().slice(0, 10));
export const shown = computed(() => (kind.value === null ? [] : openColumns(columns.value, kind.value, today.value)));
export const sum = computed(() => totals(shown.value));

function failed(error: unknown): void {
  if (error instanceof Problem) tell(error.message, "failed", error.hint);
  else tell(say(words.failed), "failed");
}

/** Ask for the kinds, the departments and the board. */
export async function begin(): Promise<void> {
  try {
    const told = await get<{ matters: Kind[] }>("/api/v1/kinds");
    kinds.value = told.matters;
    await loadBoard();
    const named = await get<{ organisations: Organisation[] }>("/api/v1/organisations", { kind: "department" });
    organisations.value = named.organisations;
  } catch (error) {
    failed(error);
  }
}

/** Ask for the board of the kind. */
export async function loadBoard(): Promise<void> {
  try {
    const wanted = kindId.value;
    const told = await get<{ stages: Column[] }>("/api/v1/matters/board", { kind: wanted, cards: 30 });
    if (wanted === kindId.value) columns.value = told.stages;
    changes.value += 1;
  } catch (error) {
    failed(error);
  }
}

/** Ask for what waits for a department. */
export async function loadInbox(id: string): Promise<void> {
  department.value = id;
  inbox.value = null;
  if (id === "") return;
  actor.value = "department"; // whoever looks into its inbox acts for it
  try {
    const told = await get<{ matters: Card[] }>("/api/v1/matters", { organisation: id, open_only: true, limit: 200 });
    if (department.value === id) inbox.value = overdueFirst(told.matters, today.value);
  } catch (error) {
    failed(error);
  }
}

/** Ask for the record of a grid. */
export async function loadRecord(code: string): Promise<void> {
  try {
    record.value = await get<Record>(`/api/v1/grids/${encodeURIComponent(code)}/record`);
  } catch (error) {
    failed(error);
  }
}

/** Open a matter, or none. */
export async function open(id: string | null): Promise<void> {
  ratingLink.value = null;
  matter.value = null;
  if (id === null) return;
  try {
    matter.value = await get<Matter>(`/api/v1/matters/${encodeURIComponent(id)}`);
  } catch (error) {
    failed(error);
  }
}

/** Do something with the matter that is open; where somebody was first, it is shown as it is now. */
export async function advance(action: string, said: Readonly<globalThis.Record<string, string | number>>): Promise<void> {
  const now = matter.value;
  if (now === null) return;
  const path = `/api/v1/matters/${encodeURIComponent(now.id)}/advance`;
  try {
    await post(path, { action, actor: actor.value, base: now.revision, ...said });
  } catch (error) {
    if (error instanceof Problem && error.status === 409) tell(say(words.first), "failed");
    else failed(error);
  }
  await open(now.id);
  await loadBoard();
  if (department.value !== "") await loadInbox(department.value);
}

/** Make a link by which a resident rates the matter that is open. */
export async function askForRating(): Promise<void> {
  const now = matter.value;
  if (now === null) return;
  try {
    const made = await post<{ path: string }>(`/api/v1/matters/${encodeURIComponent(now.id)}/rating-link`);
    ratingLink.value = new URL(made.path, location.origin).href;
  } catch (error) {
    failed(error);
  }
}

/** Do something with the call-out; `send` sends it. */
export async function whistling(done: Act): Promise<void> {
  const before = whistle.value;
  whistle.value = whistled(before, done);
  if (done.act !== "send" || !sendable(before)) return;
  try {
    const made = await post<Card>("/api/v1/matters", body(before));
    whistle.value = whistled(whistle.value, { act: "sent", id: made.id });
    await loadBoard();
  } catch (error) {
    const said = error instanceof Problem && error.status !== 0 ? error.message : say(words.offline);
    whistle.value = whistled(whistle.value, { act: "failed", said });
  }
}
