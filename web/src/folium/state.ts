// What the reader has chosen, apart from every view of it.

import type { Language } from "./document";

export interface Choices {
  plan: number;
  language: Language;
  /** Row of the grid that is selected, or −1. */
  selected: number;
  /** Row of the grid under the pointer or focused in the list, or −1. */
  hovered: number;
  /** What is drawn; a facility kind is `facility:KIND`. */
  shown: ReadonlySet<string>;
}

export class State {
  private readonly listeners: ((now: Choices, before: Choices) => void)[] = [];

  constructor(private choices: Choices) {}

  get now(): Choices {
    return this.choices;
  }

  set(change: Partial<Choices>): void {
    const before = this.choices;
    const now = { ...before, ...change };
    if ((Object.keys(change) as (keyof Choices)[]).every((key) => before[key] === now[key])) return;
    this.choices = now;
    for (const listener of this.listeners) listener(now, before);
  }

  toggle(layer: string, on: boolean): void {
    const shown = new Set(this.choices.shown);
    if (on) shown.add(layer);
    else shown.delete(layer);
    this.set({ shown });
  }

  listen(listener: (now: Choices, before: Choices) => void): void {
    this.listeners.push(listener);
  }
}
