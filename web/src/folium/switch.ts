// Chooses one of several: buttons side by side for a few, a list to open for more.

import { h } from "../dom";

export interface Choice {
  label: string;
  title: string;
}

const MOST_BUTTONS = 3;

export function switcher(label: string, choices: readonly Choice[], now: number, choose: (index: number) => void): HTMLElement | null {
  if (choices.length < 2) return null;
  if (choices.length > MOST_BUTTONS) return list(label, choices, now, choose);
  const move = (event: Event): void => {
    const { key } = event as KeyboardEvent;
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[key];
    if (step === undefined) return;
    event.preventDefault();
    choose((now + step + choices.length) % choices.length);
  };
  const buttons = choices.map((each, index) => {
    const own = { type: "button", role: "radio", title: each.title, "aria-checked": String(index === now), tabindex: index === now ? 0 : -1 };
    return h("button", { ...own, click: () => { choose(index); } }, each.label);
  });
  return h("div", { class: "gm-switch", role: "radiogroup", "aria-label": label, keydown: move }, ...buttons);
}

function list(label: string, choices: readonly Choice[], now: number, choose: (index: number) => void): HTMLElement {
  const options = choices.map((each, index) => h("option", { value: index, title: each.title, selected: index === now }, each.label));
  const chosen = (event: Event): void => {
    choose((event.target as HTMLSelectElement).selectedIndex);
  };
  return h("select", { class: "gm-choice", "aria-label": label, change: chosen }, ...options);
}
