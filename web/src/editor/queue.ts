/** Edits that were made here and are not yet in the server's log, kept in order over what others change meanwhile. */

import { Refused, replayable, type Change, type Edit, type GridRecord } from "./change";
import { changeOf, gridsOf } from "./edits";
import type { PlanModel } from "./model";

/** A change of the server's log. */
export interface Logged {
  readonly revision: number;
  readonly user: string;
  readonly at: string;
  readonly kind: string;
  readonly grids: readonly string[] | null;
  readonly change: Change | null;
}

export interface Pending {
  readonly id: number;
  readonly edit: Edit;
  /** The grids that it touches, in the plan it was made on. */
  readonly grids: readonly string[];
  readonly back: Change;
}

/** An edit that another's change came before. */
export interface Conflict {
  readonly edit: Edit;
  readonly grids: readonly string[];
  /** Who changed the same grids, when; null where the server refused it for another reason, `code`. */
  readonly by: { readonly user: string; readonly at: string; readonly grids: readonly string[] } | null;
  readonly code: string;
}

/** What is kept over a reload. */
export interface Stored {
  readonly plan: string;
  readonly base: number;
  readonly edits: readonly Edit[];
}

/**
 * `base` is the revision of the server's log that the model is at, beneath the pending edits. What comes from the
 * server goes beneath them: they are taken back, the log is followed, and they are made again.
 */
export class Queue {
  private items: Pending[] = [];
  private count = 0;
  conflicts: Conflict[] = [];

  constructor(
    private readonly model: PlanModel,
    readonly plan: string,
    public base: number,
  ) {}

  get pending(): readonly Pending[] {
    return this.items;
  }

  get next(): Pending | null {
    return this.items[0] ?? null;
  }

  /** Make an edit here and queue it; Refused where it is not allowed. */
  push(edit: Edit): Pending {
    const grids = [...gridsOf(this.model, edit)];
    const back = this.model.apply(changeOf(this.model, edit));
    return this.keep(edit, grids, back);
  }

  /** Queue an edit whose change is in the model already: a stroke. */
  pushDone(edit: Edit, back: Change): Pending {
    const grids = edit.kind === "assign" ? [edit.payload.grid, ...Object.keys(back.cells ?? {})] : [edit.payload.grid];
    return this.keep(edit, [...new Set(grids)].filter(Boolean), back);
  }

  /** Take back the last edit if the server does not have it yet; null if there is none to. `sent`: one is on its way. */
  pop(sent: boolean): Pending | null {
    if (this.items.length <= (sent ? 1 : 0)) return null;
    const last = this.items.pop();
    if (!last) return null;
    this.model.apply(last.back);
    return last;
  }

  /**
   * Follow the server's log. `acknowledged` is the revision that the first pending edit made, if it is known.
   * False where a change cannot be followed here: the plan has to be loaded anew.
   */
  follow(log: readonly Logged[], acknowledged: number | null = null): boolean {
    const fresh = log.filter((one) => one.revision > this.base);
    if (!fresh.length) return true;
    if (fresh[0]?.revision !== this.base + 1 || !fresh.every((one) => replayable(one.change))) return false;
    const waiting = this.items.splice(0);
    for (const one of waiting.toReversed()) this.model.apply(one.back);
    for (const one of fresh) {
      if (one.change) this.model.apply(one.change);
      this.base = one.revision;
      const first = waiting[0];
      if (first && (one.revision === acknowledged || (acknowledged === null && isSame(one, first)))) waiting.shift();
      else this.clash(waiting, one);
    }
    for (const one of waiting) this.again(one.edit);
    return true;
  }

  /** Take the first pending edit out because the server does not take it. */
  refuse(code: string): void {
    const first = this.items[0];
    if (!first) return;
    const rest = this.items.splice(0);
    for (const one of rest.toReversed()) this.model.apply(one.back);
    this.conflicts.push({ edit: first.edit, grids: first.grids, by: null, code });
    for (const one of rest.slice(1)) this.again(one.edit);
  }

  /** Make the edit of a conflict on the plan as it is now; false if it is no longer allowed. */
  insist(conflict: Conflict): boolean {
    this.dismiss(conflict);
    return this.again(conflict.edit);
  }

  dismiss(conflict: Conflict): void {
    this.conflicts = this.conflicts.filter((one) => one !== conflict);
  }

  store(): Stored {
    return { plan: this.plan, base: this.base, edits: this.items.map((one) => one.edit) };
  }

  /**
   * Queue what was kept over a reload. `since` is the log after the revision it was made on: an edit that is in it
   * already is left out, one whose grids others have changed becomes a conflict.
   */
  restore(stored: Stored, since: readonly Logged[]): void {
    const left = [...since];
    for (const edit of stored.edits) {
      const grids = edit.kind === "assign" || edit.kind === "split" ? [edit.payload.grid] : [...gridsOf(this.model, edit)];
      const same = left.findIndex((one) => isSame(one, { edit }));
      if (same >= 0) {
        left.splice(0, same + 1);
        continue;
      }
      const other = left.find((one) => one.grids === null || one.grids.some((grid) => grids.includes(grid)));
      if (other) this.conflicts.push(conflictOf(edit, grids, other));
      else this.again(edit);
    }
  }

  private keep(edit: Edit, grids: readonly string[], back: Change): Pending {
    const made = { id: ++this.count, edit, grids, back };
    this.items.push(made);
    return made;
  }

  private again(edit: Edit): boolean {
    try {
      this.push(edit);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.conflicts.push({ edit, grids: [edit.payload.grid], by: null, code: error.code });
      return false;
    }
  }

  /** Take out the pending edits of grids that another's change touched, and what was made on top of them. */
  private clash(waiting: Pending[], one: Logged): void {
    const touched = new Set(one.grids ?? []);
    for (let at = 0; at < waiting.length; at += 1) {
      const mine = waiting[at];
      if (!mine || !(one.grids === null || mine.grids.some((grid) => touched.has(grid)))) continue;
      this.conflicts.push(conflictOf(mine.edit, mine.grids, one));
      mine.grids.forEach((grid) => touched.add(grid));
      waiting.splice(at, 1);
      at -= 1;
    }
  }
}

function conflictOf(edit: Edit, grids: readonly string[], other: Logged): Conflict {
  const by = { user: other.user, at: other.at, grids: other.grids ?? [] };
  return { edit, grids, by, code: "plan-changed" };
}

/** Tell whether a change of the log is this edit: it was taken, and the answer was lost. */
function isSame(logged: Logged, { edit }: Pick<Pending, "edit">): boolean {
  const { kind, change } = logged;
  if (kind !== edit.kind || !change) return false;
  switch (edit.kind) {
    case "assign":
      return movesOnly(change, edit.payload.grid, edit.payload.buildings);
    case "split":
      return movesOnly(change, edit.payload.new, edit.payload.buildings);
    case "merge":
      return change.drop?.includes(edit.payload.other) === true;
    case "lock":
      return recordIn(change, edit.payload.grid)?.locked === edit.payload.locked;
    case "rename":
      return recordIn(change, edit.payload.grid)?.name === edit.payload.name;
  }
}

function movesOnly(change: Change, grid: string, buildings: readonly string[]): boolean {
  const asked = new Set(buildings);
  const moved = Object.entries(change.cells ?? {});
  return moved.length === 1 && moved.every(([id, cells]) => id === grid && cells.every((cell) => asked.has(cell)));
}

function recordIn(change: Change, grid: string): GridRecord | undefined {
  return change.put?.find(([, record]) => record.id === grid)?.[1];
}
