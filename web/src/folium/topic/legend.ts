// The legend of a topic: its layers with their classes, then what stands on every map.

import { h } from "../../dom";
import type { Language } from "../document";
import { check, cityEntries, facilityEntries } from "../legend";
import type { State } from "../state";
import { ink } from "./card";
import { say, type ClassDocument, type LayerDocument, type TopicDocument } from "./document";
import { belongs } from "./scene";

function swatch(layer: LayerDocument, each: ClassDocument | undefined): HTMLElement {
  if (!each) return h("i");
  const colour = ink(each.colour);
  if (layer.geometry === "badges") {
    const ring = each.ring ? `;box-shadow:0 0 0 2px ${ink(each.ring)}` : "";
    return h("b", { class: "gm-glyph", style: `background:${colour}${ring}` }, each.sign);
  }
  if (layer.geometry === "dots") {
    const ring = each.ring ? `;box-shadow:0 0 0 2px ${ink(each.ring)}` : "";
    return h("i", { class: "gm-spot", style: `background:${colour}${ring}` });
  }
  if (layer.geometry === "lines") return h("i", { class: "gm-stroke", style: `background:${colour}` });
  if (each.alpha === 0) return h("i", { class: "gm-patch", style: `border:2px solid ${colour}` });
  const fill = each.hatched
    ? `repeating-linear-gradient(135deg,${colour} 0 2px,transparent 2px 5px)`
    : `color-mix(in srgb,${colour} ${Math.round(each.alpha * 100)}%,var(--base-land))`;
  return h("i", { class: "gm-patch", style: `background:${fill}` });
}

function classes(layer: LayerDocument, language: Language): HTMLElement {
  return h(
    "ul",
    { class: "gm-classes" },
    ...layer.classes.filter((each) => each.name !== "").map((each) =>
      h(
        "li",
        {},
        h("span", { class: "gm-swatch", "aria-hidden": "true" }, swatch(layer, each)),
        h("span", { class: "gm-what" }, say(each.name, language)),
        each.count ? h("span", { class: "gm-number" }, each.count) : null,
      ),
    ),
  );
}

function entry(layer: LayerDocument, state: State): HTMLElement {
  const { language } = state.now;
  const [first, ...more] = layer.classes;
  const one = more.length === 0;
  const box = check(state, layer.id, one ? swatch(layer, first) : h("i"), say(layer.name, language), one ? (first?.count ?? "") : "");
  if (one) return box;
  return h("div", { class: "gm-layer" }, box, classes(layer, language));
}

export function topicLegend(map: TopicDocument, state: State): HTMLElement[] {
  const seen = new Set<string>();
  const layers = map.layers.filter((layer) => {
    const told = belongs(layer, state.now.plan) && layer.classes.length > 0 && !seen.has(layer.id);
    if (told) seen.add(layer.id);
    return told;
  });
  const entries = h("div", { class: "gm-layers" }, ...layers.map((layer) => entry(layer, state)));
  return [entries, cityEntries(map, state), facilityEntries(map, state)].filter((part) => part !== null);
}
