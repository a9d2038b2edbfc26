// The legend, which is also the layer control: what is explained can be switched off where it stands.

import { h, svg } from "../dom";
import { tokens } from "../tokens";
import type { CityDocument, MapDocument } from "./document";
import { totals } from "./figures";
import type { State } from "./state";
import { count, facilityLook, words } from "./text";

export function check(state: State, layer: string, swatch: Element, label: string, extra = ""): HTMLElement {
  const input = h("input", {
    type: "checkbox",
    checked: state.now.shown.has(layer),
    change: (event) => {
      state.toggle(layer, (event.target as HTMLInputElement).checked);
    },
  });
  return h(
    "label",
    { class: "gm-entry" },
    input,
    h("span", { class: "gm-swatch", "aria-hidden": "true" }, swatch),
    h("span", { class: "gm-what" }, label),
    extra ? h("span", { class: "gm-number" }, extra) : null,
  );
}

export function line(kind: string): Element {
  return svg("svg", { viewBox: "0 0 22 12", class: `gm-line gm-line-${kind}` }, svg("line", { x1: 1, x2: 21, y1: 6, y2: 6 }));
}

function statuses(map: MapDocument, state: State): HTMLElement {
  const { language, plan } = state.now;
  const grids = map.plans[plan]?.grids;
  const counts = grids ? totals(grids).counts : undefined;
  const [low, high] = map.window;
  const range = { under: `<${low}`, in_range: `${low}–${high}`, over: `>${high}`, unknown: "", special: "" };
  const shown = (["under", "in_range", "over", "unknown", "special"] as const).filter(
    (status) => (status !== "unknown" && status !== "special") || (counts?.[status] ?? 0) > 0,
  );
  const bare = map.plans[plan]?.bare.length ?? 0;
  return h(
    "ul",
    { class: "gm-statuses" },
    ...shown.map((status) =>
      h(
        "li",
        {},
        h("span", { class: `gm-fill gm-${status}`, "aria-hidden": "true" }, tokens.status[status].sign),
        h("span", { class: "gm-what" }, status === "special" ? words(language).special : tokens.status[status][language]),
        h("span", { class: "gm-range" }, range[status]),
        h("span", { class: "gm-number" }, count(counts?.[status] ?? 0)),
      ),
    ),
    bare > 0 &&
      h(
        "li",
        {},
        h("span", { class: "gm-fill gm-unknown", "aria-hidden": "true" }),
        h("span", { class: "gm-what" }, words(language).bare),
        h("span", { class: "gm-number" }, count(bare)),
      ),
  );
}

/** Boxes for what belongs to every map: boundaries, compounds, buildings, names. */
export function cityEntries(city: CityDocument, state: State, ...first: HTMLElement[]): HTMLElement {
  const w = words(state.now.language);
  const compounds = city.compounds.name.length;
  return h(
    "div",
    { class: "gm-entries" },
    ...first,
    check(state, "communities", line("community"), w.community),
    check(state, "subdistricts", line("subdistrict"), w.subdistrict),
    compounds > 0 && check(state, "compounds", line("compound"), w.compound, count(compounds)),
    city.base.buildings !== "" && check(state, "buildings", h("i", { class: "gm-building" }), w.buildings),
    check(state, "labels", h("b", { class: "gm-text" }, "文"), w.labels),
  );
}

/** A box for each kind of facility; null without any. */
export function facilityEntries(city: CityDocument, state: State): HTMLElement | null {
  const { language } = state.now;
  const kinds = new Map<string, number>();
  for (const kind of city.facilities.kind) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  if (kinds.size === 0) return null;
  const order = Object.keys(tokens.facility);
  const place = (kind: string): number => (order.includes(kind) ? order.indexOf(kind) : order.length);
  const facilities = [...kinds].sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b));
  const own = (kind: string): string => (Object.hasOwn(tokens.facility, kind) ? facilityLook(kind)[language] : kind);
  return h(
    "div",
    { class: "gm-entries" },
    h("h2", {}, words(language).facilities),
    ...facilities.map(([kind, n]) =>
      check(state, `facility:${kind}`, h("b", { class: "gm-glyph" }, facilityLook(kind).glyph), own(kind), count(n)),
    ),
  );
}

export function legendContent(map: MapDocument, state: State): HTMLElement[] {
  const grids = check(state, "grids", line("grid"), words(state.now.language).grid);
  return [statuses(map, state), cityEntries(map, state, grids), facilityEntries(map, state)].filter((part) => part !== null);
}
