// The panel of a topic: choice of views, headline, and the sections of the view.

import { h } from "../../dom";
import type { Language } from "../document";
import { footing } from "../footing";
import type { State } from "../state";
import { switcher } from "../switch";
import { ink } from "./card";
import { say, type BarsSection, type BoardSection, type ListSection, type RowDocument, type SectionDocument, type TableSection, type TopicDocument, type ViewDocument } from "./document";

export interface TopicActions {
  fly: (item: number) => void;
  view: (index: number) => void;
}

function headline(view: ViewDocument, language: Language): HTMLElement {
  return h(
    "div",
    { class: "gm-headline", "aria-live": "polite" },
    h("div", { class: "gm-figure" }, h("b", {}, view.figure), view.of ? h("span", {}, ` / ${view.of}`) : null),
    h("div", { class: "gm-caption" }, say(view.caption, language)),
    h("div", { class: "gm-signs" }, ...view.notes.map((note) => h("div", {}, say(note, language)))),
  );
}

function ranked(rows: readonly RowDocument[], state: State, actions: TopicActions): HTMLElement {
  const { language, selected } = state.now;
  const items = rows.map((row) => {
    const [name, about] = [say(row.name, language), say(row.about, language)];
    const hover = (at: number) => (): void => {
      state.set({ hovered: at });
    };
    const on = { mouseenter: hover(row.item), mouseleave: hover(-1), focus: hover(row.item), blur: hover(-1) };
    const own = { type: "button", "data-item": row.item, "aria-current": row.item >= 0 && row.item === selected ? "true" : undefined, disabled: row.item < 0 };
    return h(
      "li",
      {},
      h(
        "button",
        { ...own, ...on, click: () => { actions.fly(row.item); } },
        row.sign ? h("i", { class: "gm-dot", style: `background:${ink(row.colour)}`, "aria-hidden": "true" }, row.sign) : null,
        h("span", { class: "gm-name", title: name }, name),
        h("span", { class: "gm-value" }, row.value),
        about ? h("span", { class: "gm-about", title: about }, about) : null,
      ),
    );
  });
  return h("ol", { class: "gm-ranking gm-two" }, ...items);
}

function list(section: ListSection, state: State, actions: TopicActions): HTMLElement {
  const { language } = state.now;
  const foot = say(section.foot, language);
  return h("section", {}, h("h2", {}, say(section.title, language)), ranked(section.rows, state, actions), foot ? h("p", { class: "gm-foot" }, foot) : null);
}

function board(section: BoardSection, state: State, actions: TopicActions): HTMLElement {
  const { language } = state.now;
  const stages = section.stages.map((stage) =>
    h(
      "details",
      { class: "gm-stage", open: stage.open },
      h(
        "summary",
        {},
        h("i", { class: "gm-dot", style: `background:${ink(stage.colour)}`, "aria-hidden": "true" }),
        h("span", { class: "gm-name" }, say(stage.name, language)),
        h("span", { class: stage.late ? "gm-late" : "gm-gap" }, say(stage.about, language)),
        h("span", { class: "gm-value" }, stage.count),
      ),
      stage.rows.length > 0 ? ranked(stage.rows, state, actions) : null,
    ),
  );
  return h("section", {}, h("h2", {}, say(section.title, language)), ...stages);
}

function bars(section: BarsSection, language: Language): HTMLElement {
  const rows = section.bars.map((bar) =>
    h(
      "li",
      {},
      h("span", { class: "gm-name" }, say(bar.name, language)),
      h("span", { class: "gm-value" }, bar.value),
      h("span", { class: "gm-track" }, h("i", { style: `width:${Math.min(Math.max(bar.share, 0), 1) * 100}%;background:${ink(bar.colour)}` })),
    ),
  );
  return h("section", {}, h("h2", {}, say(section.title, language)), h("ul", { class: "gm-bars" }, ...rows));
}

function table(section: TableSection, state: State, actions: TopicActions): HTMLElement {
  const { language, plan } = state.now;
  const head = section.columns.map((column) => h("th", { scope: "col" }, say(column, language)));
  const rows = section.rows.map((row) => {
    const [first, ...rest] = row.cells.map((cell) => say(cell, language));
    const button = h("button", { type: "button", "aria-pressed": String(row.view === plan), click: () => { actions.view(row.view); } }, first ?? "");
    return h("tr", { class: row.view === plan ? "gm-now" : undefined }, h("th", { scope: "row" }, button), ...rest.map((cell) => h("td", {}, cell)));
  });
  return h("section", {}, h("h2", {}, say(section.title, language)), h("table", { class: "gm-table" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)));
}

function section(document: SectionDocument, state: State, actions: TopicActions): HTMLElement {
  if (document.sort === "list") return list(document, state, actions);
  if (document.sort === "board") return board(document, state, actions);
  if (document.sort === "bars") return bars(document, state.now.language);
  return table(document, state, actions);
}

export function topicPanel(map: TopicDocument, state: State, actions: TopicActions): HTMLElement[] {
  const { language, plan } = state.now;
  const names = map.views.map((view) => ({ label: say(view.name, language), title: say(view.name, language) }));
  const view = map.views[plan];
  return [
    switcher(say(map.choice, language), names, plan, actions.view),
    view ? headline(view, language) : null,
    ...(view?.sections ?? []).map((each) => section(each, state, actions)),
    footing(map, language, map.remarks.map((remark) => say(remark, language))),
  ].filter((part) => part !== null);
}
