// Edits that the server does not have yet, kept in the browser over a reload, a crash or a lost connection.

import type { Stored } from "../../../editor";

interface Kept extends Stored {
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

  /** Keep what is pending, or forget it where nothing is. */
  keep(stored: Stored): void {
    if (stored.edits.length) this.store.setItem(this.key, JSON.stringify({ ...stored, at: this.now() }));
    else this.store.removeItem(this.key);
  }

  /** Take out what this tab kept before its reload, and what tabs that are gone have left. */
  take(): Stored[] {
    const keys = Array.from({ length: this.store.length }, (_, at) => this.store.key(at) ?? "");
    const found: Stored[] = [];
    for (const key of keys.filter((one) => one.startsWith(HEAD)).sort()) {
      const kept = read(this.store.getItem(key));
      if (kept?.plan !== this.plan || (key !== this.key && this.now() - kept.at < GONE_MS)) continue;
      this.store.removeItem(key);
      found.push({ plan: kept.plan, base: kept.base, edits: kept.edits });
    }
    return found;
  }
}

function read(text: string | null): Kept | null {
  try {
    const value = JSON.parse(text ?? "null") as Kept | null;
    return value && Array.isArray(value.edits) && typeof value.plan === "string" ? value : null;
  } catch {
    return null;
  }
}
