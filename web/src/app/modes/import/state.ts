// The state of the wizard: sends, proposes anew, takes, repairs and takes back.

import { computed, signal } from "@preact/signals";

import { get, post, Problem, upload } from "../../api/client";
import { loadCity } from "../../stores/city";
import { tell } from "../../stores/notice";
import { say } from "../../words/words";
import { next, ranked, START, unfit, type Choices, type Finding, type Proposal, type Report } from "./wizard";
import { words } from "./words";

export const wizard = signal(START);
export const findings = signal<Finding[] | null>(null);
export const total = signal(0);
export const chosen = signal<string | null>(null);
export const undoable = signal(false);
export const busy = signal(false);

export const safe = computed(() => (findings.value ?? []).filter((one) => one.repair !== undefined && one.safe === true));

function failed(error: unknown): void {
  const known = error instanceof Problem ? error : new Problem(0, "unforeseen", say(words.unavailable));
  wizard.value = next(wizard.value, { event: "failed", code: known.code, detail: known.message, hint: known.hint });
}

/** Send a file, and ask how it would be read. */
export async function send(file: File): Promise<void> {
  const why = unfit(file.name);
  wizard.value = next(wizard.value, { event: "send", name: file.name });
  findings.value = null;
  if (why !== null) {
    wizard.value = next(wizard.value, { event: "failed", code: why, detail: say(words[why]), hint: "" });
    return;
  }
  try {
    const query = { name: file.name, layer: wizard.value.layer };
    const proposal = await upload<Proposal>("/api/v1/uploads", query, file);
    wizard.value = next(wizard.value, { event: "proposed", proposal });
  } catch (error) {
    failed(error);
  }
}

/** Ask again how it would be read, with other choices. */
export async function choose(choices: Partial<Choices>): Promise<void> {
  wizard.value = next(wizard.value, { event: "choose", choices });
  const { proposal, choices: all } = wizard.value;
  if (proposal === null) return;
  busy.value = true;
  try {
    const told = await post<Proposal>(`/api/v1/uploads/${proposal.id}/propose`, {
      ...all,
      source_layer: proposal.source_layer,
    });
    wizard.value = next(wizard.value, { event: "proposed", proposal: told });
  } catch (error) {
    failed(error);
  } finally {
    busy.value = false;
  }
}

/** Take the file in as proposed, and look at what is wrong then. */
export async function take(): Promise<void> {
  const before = wizard.value;
  wizard.value = next(before, { event: "take" });
  if (wizard.value.step !== "taking" || before.proposal === null) return;
  try {
    const report = await post<Report>(`/api/v1/uploads/${before.proposal.id}/take`, {});
    wizard.value = next(wizard.value, { event: "taken", report });
    await loadCity();
    await check();
  } catch (error) {
    failed(error);
  }
}

/** Look at what is wrong with the city and its plan. */
export async function check(): Promise<void> {
  busy.value = true;
  try {
    const told = await get<{ findings: Finding[]; total: number }>("/api/v1/findings", { limit: 1000 });
    findings.value = ranked(told.findings);
    total.value = told.total;
    const { repairs } = await get<{ repairs: { undone_at: string | null }[] }>("/api/v1/findings/repairs");
    undoable.value = repairs.some((one) => one.undone_at === null);
  } catch (error) {
    complain(error);
  } finally {
    busy.value = false;
  }
}

/** Repair some findings. */
export async function repair(ids: readonly string[]): Promise<void> {
  busy.value = true;
  try {
    const done = await post<{ repairs: unknown[] }>("/api/v1/findings/repair", { findings: ids });
    tell(say(words.repaired, { n: done.repairs.length }));
    await loadCity();
  } catch (error) {
    complain(error);
  }
  await check();
}

/** Take the last repair back. */
export async function undo(): Promise<void> {
  busy.value = true;
  try {
    await post("/api/v1/findings/undo");
    tell(say(words.undone));
    await loadCity();
  } catch (error) {
    complain(error);
  }
  await check();
}

function complain(error: unknown): void {
  if (error instanceof Problem) tell(error.message, "failed", error.hint);
  else tell(say(words.unavailable), "failed");
}
