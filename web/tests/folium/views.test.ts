import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it, vi } from "vitest";

import { badge } from "../../src/folium/footing";
import { legendContent } from "../../src/folium/legend";
import { panelContent, planLabel } from "../../src/folium/panel";
import { facilityCard, gap, gridCard } from "../../src/folium/popup";
import { State } from "../../src/folium/state";
import { sampleDocument } from "./fixture";

const payloads = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/maps/payloads.json"), "utf-8")) as string[];

function stateOf(plan = 0): State {
  const shown = new Set(["grids", "facility:canteen"]);
  return new State({ plan, language: "zh", selected: -1, hovered: -1, shown });
}

function text(parts: Element[]): string {
  return parts.map((part) => part.textContent).join(" ");
}

describe("panel", () => {
  it("says the headline, the worst grids and what the figures stand on", () => {
    const said = text(panelContent(sampleDocument(), stateOf(), { fly: vi.fn() }));
    for (const part of ["0 / 3", "300–500", "不足 50 户", "超出 400 户", "住宅套数，2025-06-30", "2025-07-01"]) expect(said).toContain(part);
    expect(badge(sampleDocument(), "zh")?.textContent).toBe("虚构示例");
    expect(badge({ ...sampleDocument(), sample: false }, "zh")).toBeNull();
  });

  it("switches plans by click and by arrow key", () => {
    const state = stateOf();
    const content = panelContent(sampleDocument(), state, { fly: vi.fn() });
    const buttons = content[0]?.querySelectorAll<HTMLButtonElement>("[role=radio]") ?? [];
    expect([...buttons].map((button) => button.getAttribute("aria-checked"))).toEqual(["true", "false"]);
    buttons[1]?.click();
    expect(state.now.plan).toBe(1);
    content[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    expect(state.now.plan).toBe(1);
  });

  it("flies to a grid of the list and marks it when pointed at", () => {
    const fly = vi.fn();
    const state = stateOf();
    const content = panelContent(sampleDocument(), state, { fly });
    const first = content.flatMap((part) => [...part.querySelectorAll<HTMLButtonElement>(".gm-ranking button")])[0];
    first?.dispatchEvent(new Event("mouseenter"));
    expect(state.now.hovered).toBe(1);
    first?.click();
    expect(fly).toHaveBeenCalledWith(1);
  });

  it("has no switch for one plan, and names plans by label, then by place", () => {
    const document = sampleDocument();
    const [first] = document.plans;
    if (!first) throw new Error("the fixture has plans");
    const one = { ...document, plans: [first] };
    expect(text(panelContent(one, stateOf(), { fly: vi.fn() }))).not.toContain("调整前");
    expect(planLabel(document, 0, "zh")).toBe("调整前");
    expect(planLabel(document, 1, "en")).toBe("After");
    expect(planLabel(one, 0, "zh")).toBe("present");
    expect(planLabel({ ...document, plans: [{ ...first, label: "草案" }, first] }, 0, "zh")).toBe("草案");
  });
});

describe("cards", () => {
  it("write what is held back and what is unknown, never a zero for either", () => {
    const said = gridCard(sampleDocument(), 0, 1, "幸福小区", "zh").textContent;
    expect(said).toContain("900");
    expect(said).toContain("户数不明的楼栋2");
    expect(said).toContain("常住人口不明");
    expect(said).toMatch(/60 岁以上.*＊/);
    expect(said).toContain("所在小区幸福小区");
    expect(said).toContain("分成几块2");
  });

  it("say that special grids are outside the balance", () => {
    expect(gridCard(sampleDocument(), 0, 3, "", "zh").textContent).toContain("专属网格不计入户数均衡");
  });

  it("of facilities leave out what is not known", () => {
    expect(facilityCard(sampleDocument(), 0, "zh").textContent).toContain("运营");
    expect(facilityCard(sampleDocument(), 1, "zh").querySelector("dl")).toBeNull();
    expect(facilityCard(sampleDocument(), 1, "zh").querySelector("h3")?.textContent).toBe("社区食堂");
  });

  it("word the gap", () => {
    expect([gap(-20, "zh"), gap(0, "zh"), gap(1200, "zh"), gap(5, "en")]).toEqual(["不足 20 户", "", "超出 1,200 户", "5 too many"]);
  });
});

describe("legend", () => {
  it("counts what it explains and switches it", () => {
    const state = stateOf();
    const parts = legendContent(sampleDocument(), state);
    expect(text(parts)).toContain("社区食堂");
    const boxes = parts.flatMap((part) => [...part.querySelectorAll<HTMLInputElement>("input")]);
    const grids = boxes[0];
    if (!grids) throw new Error("the legend has a box for grids");
    grids.checked = false;
    grids.dispatchEvent(new Event("change"));
    expect(state.now.shown.has("grids")).toBe(false);
  });

  it("says how many communities have no grids", () => {
    expect(text(legendContent(sampleDocument(), stateOf(0)))).not.toContain("未划网格");
    expect(text(legendContent(sampleDocument(), stateOf(1)))).toContain("未划网格的社区1");
  });

  it("names a kind of facility it does not know as the data does", () => {
    expect(text(legendContent(sampleDocument(), stateOf()))).toContain("__proto__");
  });
});

it.each(payloads)("a name is text wherever it stands: %j", (name) => {
  const document = sampleDocument(name);
  const parts = [
    ...panelContent(document, stateOf(), { fly: vi.fn() }),
    ...legendContent(document, stateOf()),
    gridCard(document, 0, 0, name, "zh"),
    facilityCard(document, 0, "en"),
  ];
  const plain = [
    ...panelContent(sampleDocument(), stateOf(), { fly: vi.fn() }),
    ...legendContent(sampleDocument(), stateOf()),
    gridCard(sampleDocument(), 0, 0, "x", "zh"),
    facilityCard(sampleDocument(), 0, "en"),
  ];
  const tags = (list: Element[]): string[] => list.flatMap((part) => [...part.querySelectorAll("*")].map((each) => each.tagName));
  expect(tags(parts)).toEqual(tags(plain));
  expect(text(parts)).toContain(name);
});
