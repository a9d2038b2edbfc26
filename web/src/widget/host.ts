// A plan that lives in the kernel of a notebook.

import { Problem } from "../app/api/client";
import type { EditorHost, Layout, Rebalanced } from "../app/modes/edit/host";
import { fabricOf, type Edit, type Logged } from "../editor";
import type { Answer, Facts, Model } from "./model";
import { fabricIn, unpack } from "./unpack";

const READER = "reader";

/** Asks the kernel by setting a trait, one question at a time, and hears its answer in another. */
export class KernelHost implements EditorHost {
  readonly user = READER;
  readonly keeper = null;
  private readonly facts: Facts;
  // Several pages may look at one kernel: each knows its own answers.
  private readonly client = Math.random().toString(36).slice(2);
  private readonly log = new Map<number, Logged>();
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private count = 0;

  constructor(private readonly model: Model) {
    this.facts = model.get("facts");
    this.keep();
    model.on("change:log", this.keep);
    model.on("change:answer", () => {
      const answer = this.model.get("answer");
      if (answer.client !== this.client || answer.number === undefined) return;
      this.waiting.get(answer.number)?.(answer);
      this.waiting.delete(answer.number);
    });
  }

  get plan(): string {
    return this.facts.plan;
  }

  get window() {
    return this.facts.window;
  }

  get about() {
    return { basis: this.facts.basis, date: this.facts.as_of };
  }

  fabric = async () => fabricOf(await fabricIn(this.model.get("cells")));

  layout = async (): Promise<Layout> => {
    const { said, column } = await unpack<Omit<Layout, "grid">>(this.model.get("layout_of"));
    return { ...said, grid: column("grid") };
  };

  changes = (since: number): Promise<Logged[]> => {
    const found = [...this.log.values()].filter((one) => one.revision > since);
    return Promise.resolve(found.sort((one, other) => one.revision - other.revision));
  };

  edit = async (base: number, edit: Edit) => {
    const { revision = 0 } = await this.ask("edit", base, { edit });
    return { revision };
  };

  step = (verb: "undo" | "redo", base: number) => this.ask(verb, base, {});

  rebalance = async (base: number, grid: string): Promise<Rebalanced> => {
    const { rebalanced, revision } = await this.ask("rebalance", base, { grid });
    return { buildings_moved: [], households_moved: 0, left: [], ...rebalanced, ...(revision === undefined ? {} : { revision }) };
  };

  listen = (_since: number, heard: (revision: number, logged: Logged | null) => void, state: (open: boolean) => void) => {
    const tell = (): void => {
      const last = this.model.get("log").at(-1);
      if (last) heard(last.revision, last);
    };
    this.model.on("change:log", tell);
    state(true);
    tell();
    return () => {
      this.model.off("change:log", tell);
    };
  };

  private readonly keep = (): void => {
    for (const one of this.model.get("log")) this.log.set(one.revision, one);
  };

  private async ask(verb: string, base: number, more: Record<string, unknown>): Promise<Answer> {
    const number = ++this.count;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(number, resolve));
    this.model.set("said", { client: this.client, number, verb, base, ...more });
    this.model.save_changes();
    const answer = await answered;
    if (answer.error) throw new Problem(answer.error.status, answer.error.code, answer.error.detail, answer.error.hint);
    return answer;
  }
}
