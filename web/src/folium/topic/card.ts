// What a click on an item answers.

import { h } from "../../dom";
import type { Language } from "../document";
import { say, type TopicDocument } from "./document";

export function itemCard(map: TopicDocument, item: number, language: Language): HTMLElement {
  const { items, labels } = map;
  const name = say(items.name[item], language);
  const [colour, text] = items.verdict[item] ?? ["", ""];
  const verdict = say(text, language);
  const rows = items.rows[item] ?? [];
  return h(
    "div",
    { class: "gm-card" },
    h("div", { class: "gm-chain" }, say(items.chain[item], language)),
    h("h3", { title: name }, name),
    verdict ? h("div", { class: "gm-verdict", style: `border-color:${ink(colour)}` }, verdict) : null,
    rows.length > 0
      ? h(
          "dl",
          { class: "gm-rows" },
          ...rows.map(([label, value]) => {
            const said = say(value, language);
            return h("div", {}, h("dt", {}, say(labels[label], language)), h("dd", { title: said }, said));
          }),
        )
      : null,
  );
}

/** A colour path as a CSS value; what is no path is no colour. */
export function ink(path: string): string {
  return /^[a-z0-9-]+$/.test(path) ? `var(--${path})` : "transparent";
}
