// Edits that the server does not have yet, kept in the browser over a reload, a crash or a lost connection.

import type { Conflict, Stored } from "../../../editor";

/** What a page has that the server does not have. */
export interface Held extends Stored {
  /** Edits that others came before, not yet answered for. */
  conflicts: readonly Conflict[];
  /** A stroke that is being painted, or waits for an answer. */
  stroke: { grid: string; buildings: readonly string[] } | null;
}

interface Kept extends Held {
  /** When the page that holds it was last alive, in milliseconds. */
  at: number;
}

const HEAD = "gridmap.edits.";
/** A page that has not been alive for so long is gone; what it kept is taken over. */
const GONE_MS = 10_000;

/** One browser tab's place in the store; a reload finds it again. */
export class Keeper {
  private readonly key: string;

  constructor(
    private readonly store: Storage,
    session: Storage,
    private readonly plan: string,
    private readonly now: () => number = Date.now,
  ) {
    const tab = session.getItem(HEAD) ?? crypto.randomUUID();
    session.setItem(HEAD, tab);
    this.key = `${HEAD}${plan}.${tab}`;
  }

  /** Keep what is held, or forget it where nothing is. */
  keep(held: Held): void {
    const some = held.edits.length > 0 || held.conflicts.length > 0 || held.stroke !== null;
    if (some) this.store.setItem(this.key, JSON.stringify({ ...held, at: this.now() }));
    else this.store.removeItem(this.key);
  }

  /** Take out what this tab kept before its reload, and what tabs that are gone have left. */
  take(): Held[] {
    const keys = Array.from({ length: this.store.length }, (_, at) => this.store.key(at) ?? "");
    const found: Held[] = [];
    for (const key of keys.filter((one) => one.startsWith(HEAD)).sort()) {
      const kept = read(this.store.getItem(key));
      if (kept?.plan !== this.plan || (key !== this.key && this.now() - kept.at < GONE_MS)) continue;
      this.store.removeItem(key);
      const { plan, base, edits, conflicts = [], stroke = null } = kept;
      found.push({ plan, base, edits, conflicts, stroke });
    }
    return found;
  }
}

function read(text: string | null): (Stored & Partial<Kept> & { at: number }) | null {
  try {
    const value = JSON.parse(text ?? "null") as Kept | null;
    return value && Array.isArray(value.edits) && typeof value.plan === "string" ? value : null;
  } catch {
    return null;
  }
}
