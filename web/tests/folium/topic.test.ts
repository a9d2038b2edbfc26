import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it, vi } from "vitest";

import { State } from "../../src/folium/state";
import { itemCard } from "../../src/folium/topic/card";
import { say, type LayerDocument, type RowDocument, type Said, type TopicDocument } from "../../src/folium/topic/document";
import { topicLegend } from "../../src/folium/topic/legend";
import { initial, turned } from "../../src/folium/topic/page";
import { dotRadius } from "../../src/folium/topic/painter";
import { topicPanel } from "../../src/folium/topic/panel";
import { belongs, colourOf } from "../../src/folium/topic/scene";
import { tokens } from "../../src/tokens";
import { sampleDocument } from "./fixture";

const payloads = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/maps/payloads.json"), "utf-8")) as string[];

function layer(id: string, name: Said, more: Partial<LayerDocument> = {}): LayerDocument {
  const look = { name, colour: "coverage-minutes-5", count: "3", alpha: 0.5, hatched: false, sign: "餐", ring: "" };
  return { id, name, geometry: "dots", packed: "", classes: [look], of: [], size: [], item: [], signs: [], views: [], on: true, width: 0, min_zoom: 0, ...more };
}

/** A topic of two views; `name` goes wherever a text can go. */
function sampleTopic(name = "测试"): TopicDocument {
  const said: Said = [name, name];
  const row: RowDocument = { item: 0, colour: name, sign: name, name: said, about: said, value: name };
  const view = (shown: string): TopicDocument["views"][number] => ({
    name: said,
    figure: name,
    of: "107,000",
    caption: said,
    notes: [said],
    sections: [
      { sort: "list", title: said, rows: [row, { ...row, item: -1 }], foot: said },
      { sort: "board", title: said, stages: [{ name: said, colour: "matter-late", count: "7", about: said, late: true, open: true, rows: [row] }] },
      { sort: "bars", title: said, bars: [{ name: said, colour: "matter-late", share: 1.5, value: name }] },
      { sort: "table", title: said, columns: [said, said], rows: [{ view: 0, cells: [said, "1"] }, { view: 1, cells: [said, "2"] }] },
    ],
    show: [shown],
    hide: shown === "heat" ? [] : ["heat"],
  });
  return {
    ...sampleDocument(name),
    heading: said,
    choice: said,
    views: [view("heat"), view("dots")],
    layers: [layer("heat", said), layer("dots", said, { on: false }), layer("dots", ["again", "again"]), layer("late", said, { views: [1] })],
    labels: [said],
    items: { points: "AA", zoom: [16], name: [said], chain: [said], verdict: [[name, said]], rows: [[[0, said]]] },
    remarks: [said],
  };
}

function stateOf(plan = 0): State {
  return new State({ plan, language: "zh", selected: -1, hovered: -1, shown: new Set(["heat"]) });
}

const actions = { fly: vi.fn(), view: vi.fn() };

function buttons(parts: HTMLElement[], selector: string): HTMLButtonElement[] {
  return parts.flatMap((part) => [...part.querySelectorAll<HTMLButtonElement>(selector)]);
}

describe("words", () => {
  it("say pairs in the reader's language and data as they are", () => {
    expect([say(["户", "households"], "zh"), say(["户", "households"], "en"), say("冯家庄", "en"), say(undefined, "zh")]).toEqual(["户", "households", "冯家庄", ""]);
  });
});

describe("views", () => {
  it("turn layers on and off as they ask, and leave the others", () => {
    const map = sampleTopic();
    expect([...initial(map).now.shown]).toContain("heat");
    expect([...turned(map, 1, new Set(["heat", "compounds"]))].sort()).toEqual(["compounds", "dots"]);
    expect([...turned(map, 0, new Set(["compounds"]))].sort()).toEqual(["compounds", "heat"]);
  });

  it("hold the layers that name them, or all", () => {
    const map = sampleTopic();
    expect(map.layers.map((each) => belongs(each, 0))).toEqual([true, true, true, false]);
    expect(map.layers.map((each) => belongs(each, 1))).toEqual([true, true, true, true]);
  });
});

describe("panel", () => {
  it("leads from a row to its item and flashes it; a row without one does neither", () => {
    const state = stateOf();
    const [first, second] = buttons(topicPanel(sampleTopic(), state, actions), ".gm-ranking button");
    first?.dispatchEvent(new Event("mouseenter"));
    expect(state.now.hovered).toBe(0);
    first?.dispatchEvent(new Event("mouseleave"));
    expect(state.now.hovered).toBe(-1);
    first?.click();
    expect(actions.fly).toHaveBeenCalledExactlyOnceWith(0);
    expect(second?.disabled).toBe(true);
  });

  it("compares views in a table whose rows show them", () => {
    const rows = buttons(topicPanel(sampleTopic(), stateOf(1), actions), ".gm-table button");
    expect(rows.map((row) => row.getAttribute("aria-pressed"))).toEqual(["false", "true"]);
    rows[0]?.click();
    expect(actions.view).toHaveBeenLastCalledWith(0);
  });

  it("draws no bar longer than its track", () => {
    const bars = topicPanel(sampleTopic(), stateOf(), actions).flatMap((part) => [...part.querySelectorAll<HTMLElement>(".gm-track i")]);
    expect(bars[0]?.getAttribute("style")).toContain("width:100%");
  });

  it("opens the stage that says so and marks what is late", () => {
    const panel = topicPanel(sampleTopic(), stateOf(), actions);
    const stage = panel.flatMap((part) => [...part.querySelectorAll("details")])[0];
    expect(stage?.open).toBe(true);
    expect(stage?.querySelector(".gm-late")).not.toBeNull();
  });
});

describe("legend", () => {
  it("explains a layer once and leaves out those of other views", () => {
    const count = (plan: number): number => buttons(topicLegend(sampleTopic(), stateOf(plan)), ".gm-layers input").length;
    expect([count(0), count(1)]).toEqual([2, 3]);
  });

  it("lists several classes below their layer, without those that have no name", () => {
    const [look] = layer("a", "a").classes;
    if (!look) throw new Error("the fixture has a class");
    const map = { ...sampleTopic(), layers: [layer("a", "热力", { classes: [look, { ...look, name: "" }, look] })] };
    expect(buttons(topicLegend(map, stateOf()), ".gm-classes li")).toHaveLength(2);
  });
});

describe("looks", () => {
  it("take an unknown colour for unknown", () => {
    expect(colourOf("matter-late")).toEqual(tokens.matter.late);
    expect(colourOf("nothing-of-the-kind")).toEqual(tokens.status.unknown);
  });

  it("let dots grow with the map, more slowly from street level on", () => {
    const radii = [11, 13, 14, 16, 18, 20].map((zoom) => dotRadius(4, zoom));
    expect(radii).toEqual([...radii].sort((a, b) => a - b));
    expect(dotRadius(4, 14)).toBe(4);
    expect(dotRadius(4, 18) / 4).toBeLessThan(16);
    expect(dotRadius(0.1, 10)).toBeGreaterThanOrEqual(0.7);
  });
});

it.each(payloads)("a text of a topic is text wherever it stands: %j", (name) => {
  const all = (map: TopicDocument): HTMLElement[] => [...topicPanel(map, stateOf(), actions), ...topicLegend(map, stateOf(1)), itemCard(map, 0, "zh")];
  const tags = (list: HTMLElement[]): string[] => list.flatMap((part) => [...part.querySelectorAll("*")].map((each) => each.tagName));
  const parts = all(sampleTopic(name));
  expect(tags(parts)).toEqual(tags(all(sampleTopic())));
  expect(parts.map((part) => part.textContent).join(" ")).toContain(name);
  const styles = parts.flatMap((part) => [...part.querySelectorAll("[style]")].map((each) => each.getAttribute("style") ?? ""));
  for (const style of styles) expect(style).toMatch(/^[a-z-]+:[^;<>{}]*(;[a-z-]+:[^;<>{}]*)*$/);
});
