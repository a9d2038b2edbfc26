// The panel: plan switch, headline figure, histogram, worst grids, what the figures stand on.

import { h, svg } from "../dom";
import { tokens } from "../tokens";
import type { Language, MapDocument } from "./document";
import { histogram, statusOf, totals, worst } from "./figures";
import { footing } from "./footing";
import { gap } from "./popup";
import type { State } from "./state";
import { switcher } from "./switch";
import { count, figure, fullName, words } from "./text";

export interface Actions {
  fly: (row: number) => void;
}

/** What the switch calls a plan: its label, else before and after, else its name. */
export function planLabel(map: MapDocument, index: number, language: Language): string {
  const w = words(language);
  const fallback = map.plans.length === 2 ? (index === 0 ? w.before : w.after) : map.plans[index]?.name;
  return [map.plans[index]?.label, fallback].find(Boolean) ?? String(index + 1);
}

function planSwitch(map: MapDocument, state: State): HTMLElement | null {
  const { plan, language } = state.now;
  const names = map.plans.map((each, index) => {
    const label = planLabel(map, index, language);
    return { label, title: [label, each.name].filter(Boolean).join(" · ") };
  });
  return switcher(words(language).plans, names, plan, (index) => {
    state.set({ plan: index, selected: -1, hovered: -1 });
  });
}

/** The headline of the plan before, beside that of a later one. */
function was(map: MapDocument, state: State): HTMLElement | null {
  const { plan, language } = state.now;
  const before = map.plans[0];
  if (plan === 0 || !before) return null;
  const all = totals(before.grids);
  return h("div", { class: "gm-was" }, `${planLabel(map, 0, language)} ${count(all.counts.in_range)} / ${count(all.resident)}`);
}

function headline(map: MapDocument, state: State): HTMLElement {
  const { language, plan } = state.now;
  const grids = map.plans[plan]?.grids;
  if (!grids) return h("div");
  const all = totals(grids);
  const signs = (["under", "over", "unknown"] as const)
    .filter((status) => all.counts[status] > 0)
    .map((status) => `${tokens.status[status].sign} ${tokens.status[status][language]} ${count(all.counts[status])}`);
  return h(
    "div",
    { class: "gm-headline", "aria-live": "polite" },
    h("div", { class: "gm-figure" }, h("b", {}, count(all.counts.in_range)), h("span", {}, ` / ${count(all.resident)}`)),
    was(map, state),
    h("div", { class: "gm-caption" }, words(language).in_range_of(...map.window)),
    h("div", { class: "gm-signs" }, signs.length > 0 ? signs.join("\u3000") : words(language).none_out),
  );
}

function chart(map: MapDocument, state: State): HTMLElement {
  const { language, plan } = state.now;
  const [width, height, foot] = [272, 76, 16];
  const all = map.plans.map((each) => histogram(each.grids, map.window));
  const bins = all[plan] ?? [];
  const most = Math.max(1, ...all.flat().map((bin) => bin.count));
  const step = width / Math.max(1, bins.length);
  const bars = bins.map((bin, index) => {
    const tall = (bin.count / most) * (height - foot - 12);
    const from = { x: index * step + 1, y: height - foot - tall, width: step - 2, height: tall };
    const title = `${count(bin.from)}–${count(bin.to)}: ${count(bin.count)}`;
    const bar = svg("rect", { ...from, class: `gm-bar gm-${bin.status}` }, svg("title", {}, title));
    const label = { x: index * step + step / 2, y: height - foot - tall - 3, class: "gm-count" };
    return svg("g", {}, bar, bin.count > 0 ? svg("text", label, count(bin.count)) : null);
  });
  const ticks = bins.flatMap((bin, index) =>
    [...map.window].includes(bin.from)
      ? [svg("text", { x: index * step, y: height - 3, class: "gm-tick" }, count(bin.from))]
      : [],
  );
  const axis = svg("line", { x1: 0, x2: width, y1: height - foot, y2: height - foot, class: "gm-axis" });
  const label = words(language).histogram;
  const size = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "gm-chart" };
  return h("section", {}, h("h2", {}, label), svg("svg", size, ...bars, axis, ...ticks));
}

function ranking(map: MapDocument, state: State, actions: Actions): HTMLElement | null {
  const { language, plan, selected } = state.now;
  const grids = map.plans[plan]?.grids;
  if (!grids) return null;
  const rows = worst(grids);
  if (rows.length === 0) return null;
  const w = words(language);
  const items = rows.map((row) => {
    const status = statusOf(grids, row);
    const name = fullName(grids, row, language);
    const signed = (status === "under" ? -1 : 1) * Math.abs(grids.distance[row] ?? 0);
    const hover = (at: number) => () => {
      state.set({ hovered: at });
    };
    const own = { type: "button", title: w.fly, "aria-current": row === selected ? "true" : undefined };
    const on = { mouseenter: hover(row), mouseleave: hover(-1), focus: hover(row), blur: hover(-1) };
    return h(
      "li",
      {},
      h(
        "button",
        {
          ...own,
          ...on,
          click: () => {
            actions.fly(row);
          },
        },
        h("i", { class: `gm-sign gm-${status}`, "aria-label": tokens.status[status][language] }, tokens.status[status].sign),
        h("span", { class: "gm-name", title: name }, name),
        h("span", { class: "gm-gap" }, gap(signed, language)),
        h("span", { class: "gm-value" }, figure(grids.households[row], language)),
      ),
    );
  });
  return h("section", {}, h("h2", {}, w.worst), h("ol", { class: "gm-ranking" }, ...items));
}

export function panelContent(map: MapDocument, state: State, actions: Actions): HTMLElement[] {
  return [planSwitch(map, state), headline(map, state), chart(map, state), ranking(map, state, actions), footing(map, state.now.language)].filter(
    (part) => part !== null,
  );
}
