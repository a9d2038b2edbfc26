import { describe, expect, it } from "vitest";

import {
  chosen, isTaken, next, offset_m, onMap, ranked, START, takeable, unfit, type Candidate, type Event, type Finding,
  type Proposal, type Wizard,
} from "../../../../src/app/modes/import/wizard";

const PROPOSAL: Proposal = {
  id: "a1", layer: "compounds", source_layer: "小区", format: "shp.zip", driver: "ESRI Shapefile",
  encoding: { name: "gbk", how: "detected", note: "" }, preview: ["鼓楼小区"], crs: null, crs_how: "missing",
  mapping: [{ field: "name", columns: ["名称"], how: "alias", basis: "" }], unmapped: [], missing: [], rows: 3,
  swap_axes: false, offset: [0, 0], notes: [], candidates: [],
};
const CANDIDATE: Candidate = {
  crs: "EPSG:4547", name: "CGCS2000 / 3-degree GK CM 114E", swap_axes: true, offset: [0, 500000], fit: 0.97, inside: 1,
  east_m: 3, north_m: -4, lon: 111.78, lat: 37.26, by: "streets",
};
const after = (...events: Event[]): Wizard => events.reduce(next, START);
const sent: Event[] = [{ event: "send", name: "小区.zip" }, { event: "proposed", proposal: PROPOSAL }];

describe("the wizard", () => {
  it("takes nothing without a CRS, or while a required column is missing", () => {
    expect(takeable(after(...sent))).toBe(false);
    expect(after(...sent, { event: "take" }).step).toBe("proposal");
    const placed = { ...PROPOSAL, crs: "EPSG:4547" };
    expect(after(...sent, { event: "proposed", proposal: placed }, { event: "take" }).step).toBe("taking");
    const lacking = { ...placed, missing: ["id"] };
    expect(after(...sent, { event: "proposed", proposal: lacking }, { event: "take" }).step).toBe("proposal");
  });

  it("keeps choices together until another file comes", () => {
    const chose = after(...sent, { event: "choose", choices: { encoding: "gb18030" } },
      { event: "choose", choices: { columns: { name: "名称" } } }, { event: "choose", choices: { columns: { id: "编号" } } },
      { event: "choose", choices: chosen(CANDIDATE) });
    expect(chose.choices).toEqual({
      encoding: "gb18030", columns: { name: "名称", id: "编号" }, crs: "EPSG:4547", swap_axes: true, offset: [0, 500000],
    });
    expect(next(chose, { event: "send", name: "b.zip" }).choices).toEqual({ columns: {} });
  });

  it("goes back to where a failure can be put right", () => {
    const failed: Event = { event: "failed", code: "file-ending", detail: "no", hint: "zip" };
    expect(after({ event: "send", name: "a.txt" }, failed).step).toBe("file");
    const again = after(...sent, failed);
    expect([again.step, again.error?.hint, again.proposal?.id]).toEqual(["proposal", "zip", "a1"]);
    expect(next(again, { event: "choose", choices: {} }).error).toBeNull();
  });

  it("knows the candidate that is taken, and how far it is off", () => {
    expect(offset_m(CANDIDATE)).toBe(5);
    expect(offset_m({ ...CANDIDATE, east_m: null })).toBeNull();
    const read = { ...PROPOSAL, crs: "EPSG:4547", swap_axes: true, offset: [0, 500000] as [number, number] };
    expect(isTaken(CANDIDATE, read)).toBe(true);
    expect(isTaken(CANDIDATE, { ...read, swap_axes: false })).toBe(false);
    expect(isTaken(CANDIDATE, { ...read, offset: [0, 0] })).toBe(false);
  });

  it.each([
    ["小区.zip", null],
    ["小区.SHP", "shapefile"],
    ["小区.geojson", null],
    ["小区.doc", "ending"],
    ["小区", "ending"],
  ])("%s is unfit because of %s", (name, why) => {
    expect(unfit(name)).toBe(why);
  });
});

describe("findings", () => {
  const finding = (id: string, severity: Finding["severity"], more: Partial<Finding> = {}): Finding => ({
    id, rule: "r", severity, layer: "compounds", feature: null, message: "", remedy: "", ...more,
  });

  it("come with errors first, and what can be repaired before what cannot", () => {
    const found = [finding("n", "note"), finding("w", "warning"), finding("e", "error"), finding("f", "error", { repair: "clip" })];
    expect(ranked(found).map((one) => one.id)).toEqual(["f", "e", "w", "n"]);
  });

  it("are on the map where their place is known", () => {
    const points = onMap([finding("a", "error", { lon: 111, lat: 37 }), finding("b", "note")]);
    expect(points.features).toHaveLength(1);
    expect(points.features[0]?.geometry.coordinates).toEqual([111, 37]);
  });
});
