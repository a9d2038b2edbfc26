import { expect, test } from "vitest";

import { atStage, type Compound, extent, lacking, renewed, served } from "../../../../src/app/modes/compounds/figures";

const base: Compound = {
  id: "C1", name: "甲", community: "1", community_name: "一", buildings: 2, organisation: "甲支部",
  stations: ["甲站"], programme: null, works: [], stage: null,
}; // prettier-ignore
const work = (stage: string, overdue = false) => ({ topic: "roof", stage, due: null, overdue });
const STAGES = ["surveyed", "building", "accepted"].map((id) => ({ id, zh: id, en: id }));

test("an organisation that is not posted counts, one that is missing does not", () => {
  const rows = [base, { ...base, id: "C2", organisation: "" }, { ...base, id: "C3", organisation: null, stations: [] }];
  expect(served(rows)).toEqual({ all: 3, organised: 2, stationed: 2, organisations: 1 });
  expect(lacking([...rows, { ...base, id: "C0", stations: [] }]).map((row) => row.id)).toEqual(["C3", "C0"]);
});

test("works are counted by stage, and what is overdue comes first", () => {
  const rows = [
    { ...base, works: [work("accepted")], stage: "accepted" },
    { ...base, id: "C2", works: [work("surveyed"), work("accepted")], stage: "surveyed" },
    { ...base, id: "C3", works: [work("building", true)], stage: "building" },
    { ...base, id: "C4" },
  ];
  expect(atStage(rows, STAGES).map((one) => one.works)).toEqual([1, 1, 2]);
  expect(renewed(rows, STAGES).map((row) => row.id)).toEqual(["C3", "C2", "C1"]);
});

test("an extent holds every corner of all parts", () => {
  const shape = { type: "MultiPolygon" as const, coordinates: [[[[1, 5], [2, 6]]], [[[0, 7], [1, 3]]]] }; // prettier-ignore
  expect(extent(shape)).toEqual([0, 3, 2, 7]);
});
