// What a click answers: a grid's balance, a facility's card.

import { h } from "../dom";
import { tokens } from "../tokens";
import type { CityDocument, Grids, Language, MapDocument } from "./document";
import { statusOf } from "./figures";
import { area, basisName, count, facilityLook, figure, fullName, stateName, words } from "./text";

type Row = [label: string, value: string | Node, about?: string];

function rows(list: readonly Row[]): HTMLElement {
  return h(
    "dl",
    { class: "gm-rows" },
    ...list.map(([label, value, about]) =>
      h(
        "div",
        {},
        h("dt", {}, label, about ? h("span", { class: "gm-info", title: about, tabindex: 0, "aria-label": about }, "ⓘ") : null),
        h("dd", { title: typeof value === "string" ? value : undefined }, value),
      ),
    ),
  );
}

/** How far out of range, in words; empty in range. */
export function gap(distance: number, language: Language): string {
  const w = words(language);
  if (distance === 0) return "";
  return distance < 0 ? w.under_by(count(-distance)) : w.over_by(count(distance));
}

function figures(map: MapDocument, grids: Grids, row: number, language: Language): Row[] {
  const w = words(language);
  const about = w.held(map.k);
  const people = (key: "residents" | "elders_60" | "elders_80" | "children"): string =>
    figure(grids[key][row], language);
  const basis = [basisName(map.basis, language), map.basis_date].filter(Boolean).join(", ");
  const compactness = grids.compactness[row];
  const missing = grids.unknown_buildings[row] ?? 0;
  const parts = grids.parts[row] ?? 1;
  const list: (Row | false)[] = [
    [w.households, h("strong", {}, figure(grids.households[row], language)), basis],
    missing > 0 && [w.unknown_buildings, count(missing)],
    [w.residents, people("residents")],
    [w.elders_60, people("elders_60"), about],
    [w.elders_80, people("elders_80"), about],
    [w.children, people("children"), about],
    [w.compounds, count(grids.compounds[row] ?? 0)],
    [w.buildings_count, count(grids.buildings[row] ?? 0)],
    [w.area, area(grids.area_m2[row] ?? 0)],
    typeof compactness === "number" && [w.compactness, compactness.toFixed(2), w.compact_about],
    parts > 1 && [w.parts, count(parts)],
  ];
  return list.filter((each) => each !== false);
}

function verdict(grids: Grids, row: number, language: Language): HTMLElement {
  const status = statusOf(grids, row);
  const look = tokens.status[status];
  const signed = (status === "under" ? -1 : 1) * Math.abs(grids.distance[row] ?? 0);
  const comma = language === "zh" ? "，" : ", ";
  const text = status === "special" ? words(language).not_outside : [look[language], gap(signed, language)].filter(Boolean).join(comma);
  return h("div", { class: `gm-verdict gm-${status}` }, h("i", { "aria-hidden": "true" }, look.sign), text);
}

export function gridCard(map: MapDocument, plan: number, row: number, compound: string, language: Language): HTMLElement {
  const grids = map.plans[plan]?.grids;
  if (!grids) return h("div");
  const list = figures(map, grids, row, language);
  const name = fullName(grids, row, language);
  if (compound) list.push([words(language).here, compound]);
  return h(
    "div",
    { class: "gm-card" },
    h("div", { class: "gm-chain", title: grids.community[row] ?? "" }, [grids.subdistrict[row], grids.community[row]].filter(Boolean).join(" › ")),
    h("h3", { title: name }, name),
    h("div", { class: "gm-code" }, grids.code[row] ?? ""),
    verdict(grids, row, language),
    rows(list),
  );
}

export function facilityCard(map: CityDocument, row: number, language: Language): HTMLElement {
  const w = words(language);
  const { facilities } = map;
  const look = facilityLook(facilities.kind[row] ?? "other");
  const list: Row[] = [];
  const add = (label: string, value: string | undefined): void => {
    if (value) list.push([label, value]);
  };
  add(w.status, stateName(facilities.status[row] ?? "", language));
  add(w.opening, facilities.hours[row]);
  add(w.phone, facilities.phone[row]);
  add(w.address, facilities.address[row]);
  const name = facilities.name[row];
  return h(
    "div",
    { class: "gm-card" },
    h("div", { class: "gm-chain" }, h("b", { class: "gm-glyph" }, look.glyph), look[language]),
    h("h3", { title: name ?? "" }, name === undefined || name === "" ? look[language] : name),
    list.length > 0 ? rows(list) : null,
  );
}
