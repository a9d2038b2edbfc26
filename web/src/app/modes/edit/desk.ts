// A plan on the table: the model, what is pending, and the server's log, kept together. No map and no page here.

import { signal } from "@preact/signals";

import { Problem } from "../../api/client";
import {
  Outlines,
  Picker,
  PlanModel,
  Queue,
  Stroke,
  Violations,
  type Conflict,
  type Edit,
  type Fabric,
  type Violation,
  type Window,
  repairOf,
} from "../../../editor";
import type { Held } from "./kept";
import type { EditorHost, Layout } from "./host";

const RETRY_MS = [500, 1_000, 2_000, 5_000];
const BEAT_MS = 4_000;
const LEAVE_MS = 2_000;

/** What somebody else has just changed. */
export interface Seen {
  revision: number;
  user: string;
  kind: string;
  grids: readonly string[];
  /** It was this user, in another window. */
  self: boolean;
}

export class Desk {
  model: PlanModel;
  violations: Violations;
  queue: Queue;
  readonly outlines: Outlines;
  readonly picker: Picker;
  /** Rises with every change of the model. */
  readonly turn = signal(0);
  readonly online = signal(true);
  readonly pending = signal(0);
  readonly conflicts = signal<readonly Conflict[]>([]);
  readonly seen = signal<Seen | null>(null);
  readonly stroke = signal<Stroke | null>(null);
  readonly revision = signal(0);
  /** The plan as a whole has become another one: everything is drawn anew. */
  readonly reloads = signal(0);
  /** What was taken back here, last at the end: an edit that never left, or null where the server took one back. */
  private undone: (Edit | null)[] = [];
  /** Revisions that this page made. */
  private readonly own = new Set<number>();
  private closed = false;
  private sending = false;
  private chain: Promise<unknown> = Promise.resolve();
  private tries = 0;
  private looked = -1;
  private fresh: readonly number[] = [];
  private readonly ends: (() => void)[] = [];

  private constructor(
    readonly host: EditorHost,
    readonly fabric: Fabric,
    layout: Layout,
  ) {
    this.outlines = new Outlines(fabric);
    this.picker = new Picker(fabric);
    [this.model, this.violations, this.queue] = this.open(layout);
  }

  /** Put a plan on the table, with what was kept of it in this browser. */
  static async open(host: EditorHost): Promise<Desk> {
    const [fabric, layout] = await Promise.all([host.fabric(), host.layout()]);
    const desk = new Desk(host, fabric, layout);
    for (const held of host.keeper?.take() ?? []) {
      desk.queue.restore(held, await host.changes(held.base));
      desk.queue.conflicts.push(...held.conflicts);
      desk.resume(held.stroke);
    }
    desk.told();
    desk.listen();
    desk.send();
    return desk;
  }

  get plan(): string {
    return this.host.plan;
  }

  get window(): Window {
    return this.host.window;
  }

  /** Take the plan off the table; what the server does not have yet is kept. Fulfilled when nothing is under way. */
  async close(): Promise<void> {
    this.keep();
    this.closed = true;
    this.stroke.value?.drop();
    this.stroke.value = null;
    this.ends.splice(0).forEach((end) => {
      end();
    });
    await Promise.race([this.chain, new Promise((done) => setTimeout(done, LEAVE_MS))]);
  }

  /** The edits that mend a violation by themselves, none where the server has to redraw. */
  repairs(violation: Violation): Edit[] {
    return repairOf(this.model, violation);
  }

  /** The grids that have changed since the turn before; the same for every drawing that asks. */
  touched(): readonly number[] {
    if (this.looked !== this.turn.value) {
      this.looked = this.turn.value;
      this.fresh = this.model.takeTouched();
      this.violations.update(this.fresh);
    }
    return this.fresh;
  }

  /** Make an edit; Refused where it is not allowed. */
  make(edit: Edit): void {
    this.queue.push(edit);
    this.undone = [];
    this.told();
    this.send();
  }

  begin(slot: number): Stroke {
    this.dropStroke();
    const made = new Stroke(this.model, slot);
    this.stroke.value = made;
    return made;
  }

  /** The stroke has gone on. */
  painted(): void {
    this.turn.value += 1;
  }

  keepStroke(): void {
    const done = this.stroke.value?.finish();
    this.stroke.value = null;
    if (done) {
      this.queue.pushDone(done.edit, done.back);
      this.undone = [];
    }
    this.told();
    this.send();
  }

  dropStroke(): void {
    if (!this.stroke.value) return;
    this.stroke.value.drop();
    this.stroke.value = null;
    this.told();
    this.send();
  }

  /** Take back what was made last; returns who made it where that was somebody else. */
  async undo(): Promise<string | null> {
    if (this.stroke.value) {
      this.dropStroke();
      return null;
    }
    const mine = this.queue.pop(this.sending);
    if (mine) {
      this.undone.push(mine.edit);
      this.told();
      return null;
    }
    const { maker = null } = await this.ask(() => this.host.step("undo", this.queue.base));
    this.undone.push(null);
    return maker === this.host.user ? null : maker;
  }

  async redo(): Promise<void> {
    const mine = this.undone.pop();
    if (mine) {
      this.queue.push(mine);
      this.told();
      this.send();
      return;
    }
    await this.ask(() => this.host.step("redo", this.queue.base));
  }

  /** Ask the server for a change that only it can make, when it has all that was made here. */
  async ask<T>(act: () => Promise<T>): Promise<T> {
    return this.alone(async () => {
      await this.flush();
      if (this.queue.pending.length) throw new Problem(0, "no-answer", "The server does not answer.");
      const answer = await act();
      const { revision } = (answer ?? {}) as { revision?: unknown };
      if (typeof revision === "number") this.own.add(revision);
      await this.sync(null);
      return answer;
    });
  }

  insist(conflict: Conflict): void {
    this.queue.insist(conflict);
    this.told();
    this.send();
  }

  dismiss(conflict: Conflict): void {
    this.queue.dismiss(conflict);
    this.told();
  }

  /** Send what is pending, one edit after the other. */
  send(): void {
    void this.alone(() => this.flush());
  }

  private open(layout: Layout): [PlanModel, Violations, Queue] {
    const model = new PlanModel(this.fabric, layout, this.window);
    model.takeTouched();
    return [model, new Violations(model), new Queue(model, this.plan, layout.revision)];
  }

  private listen(): void {
    const end = this.host.listen(
      this.queue.base,
      (revision) => {
        this.heard(revision);
      },
      (open) => {
        this.online.value = open;
        if (open) this.send();
      },
    );
    const keep = (): void => {
      this.keep();
    };
    const retry = (): void => {
      this.send();
    };
    const beat = setInterval(keep, BEAT_MS);
    addEventListener("online", retry);
    addEventListener("pagehide", keep);
    this.ends.push(end, () => {
      clearInterval(beat);
      removeEventListener("online", retry);
      removeEventListener("pagehide", keep);
    });
  }

  private heard(revision: number): void {
    if (revision > this.queue.base) void this.alone(() => this.sync(null)).catch(() => undefined);
  }

  /** One thing after the other: what is sent, and what is followed. */
  private alone<T>(act: () => Promise<T>): Promise<T> {
    const next = this.chain.then(act, act);
    this.chain = next.catch(() => undefined);
    return next;
  }

  private async flush(): Promise<void> {
    for (let next = this.queue.next; next && !this.stroke.value && !this.closed; next = this.queue.next) {
      this.sending = true;
      try {
        const { revision } = await this.host.edit(this.queue.base, next.edit);
        this.tries = 0;
        this.online.value = true;
        this.own.add(revision);
        await this.sync(revision);
      } catch (error) {
        if (!(await this.failed(error, next.edit))) return;
      } finally {
        this.sending = false;
      }
    }
  }

  /** Take note that an edit was not taken; true where the next one can be sent. */
  private async failed(error: unknown, edit: Edit): Promise<boolean> {
    if (!(error instanceof Problem)) throw error;
    // Kept until somebody has logged in again.
    if (error.status === 401 || this.closed) return false;
    if (error.status === 0 || error.status >= 500 || error.status === 429) {
      this.online.value = false;
      const wait = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)] ?? 0;
      this.tries += 1;
      setTimeout(() => {
        void this.alone(async () => {
          await this.sync(null);
          this.online.value = true;
          await this.flush();
        }).catch(() => {
          if (this.queue.next) void this.failed(new Problem(0, "no-answer", ""), edit);
        });
      }, wait);
      return false;
    }
    if (error.status === 409) await this.sync(null);
    if (this.queue.next?.edit === edit) this.queue.refuse(error.code);
    this.told();
    return true;
  }

  /** Follow the server's log; strokes wait on the paper meanwhile. */
  private async sync(acknowledged: number | null): Promise<void> {
    const log = await this.host.changes(this.queue.base);
    if (this.closed) return;
    const other = log.findLast((one) => one.revision > this.queue.base && !this.own.has(one.revision));
    const stroke = this.stroke.value;
    const painted = stroke?.painted ?? [];
    if (stroke) stroke.drop();
    if (!this.queue.follow(log, acknowledged)) await this.anew();
    if (stroke?.stands) stroke.add(painted);
    else if (stroke && this.stroke.value === stroke) this.stroke.value = null;
    this.told();
    if (other) this.seen.value = { ...other, grids: other.grids ?? [], self: other.user === this.host.user };
  }

  /** Load the plan as a whole, and make what is pending on it again. */
  private async anew(): Promise<void> {
    const stored = this.queue.store();
    const conflicts = this.queue.conflicts;
    this.stroke.value = null;
    const layout = await this.host.layout();
    [this.model, this.violations, this.queue] = this.open(layout);
    this.queue.conflicts = conflicts;
    this.queue.restore(stored, []);
    this.reloads.value += 1;
  }

  private told(): void {
    this.pending.value = this.queue.pending.length;
    this.conflicts.value = this.queue.conflicts;
    this.revision.value = this.queue.base;
    this.keep();
    this.turn.value += 1;
  }

  /** Go on with a stroke of before a reload. */
  private resume(stroke: Held["stroke"]): void {
    const slot = stroke ? this.model.find(stroke.grid) : -1;
    if (!stroke || slot < 0) return;
    this.begin(slot).add(stroke.buildings.flatMap((id) => this.fabric.cellOf.get(id) ?? []));
  }

  private keep(): void {
    if (this.closed) return;
    const stroke = this.stroke.value;
    const painted = stroke?.size ? { grid: this.model.record(stroke.target).id, buildings: stroke.ids } : null;
    try {
      this.host.keeper?.keep({ ...this.queue.store(), conflicts: this.queue.conflicts, stroke: painted });
    } catch {
      // The browser's store is off or full: what is pending lives in this page alone.
    }
  }
}
