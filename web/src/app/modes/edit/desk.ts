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
  type Change,
  type Conflict,
  type Edit,
  type Fabric,
  type Window,
} from "../../../editor";
import type { EditorHost, Layout } from "./host";

const RETRY_MS = [500, 1_000, 2_000, 5_000];
const BEAT_MS = 4_000;

/** What somebody else has just changed. */
export interface Seen {
  user: string;
  kind: string;
  grids: readonly string[];
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
  private undone: Edit[] = [];
  private sending = false;
  private chain: Promise<unknown> = Promise.resolve();
  private tries = 0;
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
    for (const stored of host.keeper?.take() ?? []) {
      desk.queue.restore(stored, await host.changes(stored.base));
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

  close(): void {
    this.dropStroke();
    this.keep();
    this.ends.splice(0).forEach((end) => {
      end();
    });
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

  async undo(): Promise<void> {
    if (this.stroke.value) {
      this.dropStroke();
      return;
    }
    const mine = this.queue.pop(this.sending);
    if (mine) {
      this.undone.push(mine.edit);
      this.told();
      return;
    }
    await this.ask(() => this.host.step("undo", this.queue.base));
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
    const since = this.queue.base;
    const end = this.host.listen(
      since,
      (revision, logged) => {
        if (logged && logged.user !== this.host.user) this.seen.value = { ...logged, grids: logged.grids ?? [] };
        this.heard(revision);
      },
      (open) => {
        this.online.value = open;
        if (open) this.send();
      },
    );
    const beat = setInterval(() => {
      this.keep();
    }, BEAT_MS);
    const retry = (): void => {
      this.send();
    };
    addEventListener("online", retry);
    this.ends.push(end, () => {
      clearInterval(beat);
      removeEventListener("online", retry);
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
    for (let next = this.queue.next; next && !this.stroke.value; next = this.queue.next) {
      this.sending = true;
      try {
        const { revision } = await this.host.edit(this.queue.base, next.edit);
        this.tries = 0;
        this.online.value = true;
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
    const stroke = this.stroke.value;
    const painted = stroke?.painted ?? [];
    if (stroke) stroke.drop();
    if (!this.queue.follow(log, acknowledged)) await this.anew();
    if (stroke?.stands) stroke.add(painted);
    this.told();
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

  private keep(): void {
    try {
      this.host.keeper?.keep(this.queue.store());
    } catch {
      // The browser's store is off or full: what is pending lives in this page alone.
    }
  }
}

export type { Change };
