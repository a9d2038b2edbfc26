import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { fabricOf, PlanModel, Queue, Stroke, type FabricWire, type GridRecord, type Logged } from "../../src/editor";

interface Trace {
  fabric: FabricWire;
  layout: { grid: number[]; grids: GridRecord[] };
}

const [trace] = JSON.parse(readFileSync(resolve(import.meta.dirname, "traces.json"), "utf-8")) as [Trace];
const open = (): PlanModel => new PlanModel(fabricOf(trace.fabric), trace.layout, { min: 300, max: 480 });
const grid = (model: PlanModel, at: number): string => model.record(model.grids[at] ?? -1).id;
const building = (model: PlanModel, at: number): string => {
  const [cell = -1] = model.cells(model.grids[at] ?? -1);
  return model.fabric.ids[cell] ?? "";
};
const logged = (revision: number, to: string, cells: string[], grids: string[]): Logged => ({
  revision, user: "li", at: "2026-03-01T08:00:00", kind: "assign", grids, change: { cells: { [to]: cells } },
}); // prettier-ignore

it("keeps an edit over another's change of other grids, and makes both", () => {
  const model = open();
  const queue = new Queue(model, "draft", 1);
  const mine = building(model, 0);
  queue.push({ kind: "assign", payload: { buildings: [mine], grid: grid(model, 1) } });
  expect(queue.follow([{ ...logged(2, "", [], [grid(model, 2)]), kind: "lock", change: {} }])).toBe(true);
  expect([queue.base, queue.pending.length, queue.conflicts.length]).toEqual([2, 1, 0]);
  expect(model.gridOf[model.fabric.cellOf.get(mine) ?? -1]).toBe(model.grids[1]);
});

it("shows a conflict where another changed the same grids, with the plan as the other made it", () => {
  const model = open();
  const queue = new Queue(model, "draft", 1);
  const [mine, other] = [building(model, 0), model.fabric.ids[model.cells(model.grids[0] ?? -1)[1] ?? -1] ?? ""];
  queue.push({ kind: "assign", payload: { buildings: [mine], grid: grid(model, 1) } });
  queue.follow([logged(2, grid(model, 1), [other], [grid(model, 0), grid(model, 1)])]);
  expect(queue.pending).toEqual([]);
  expect(queue.conflicts[0]?.by?.user).toBe("li");
  expect(model.gridOf[model.fabric.cellOf.get(mine) ?? -1]).toBe(model.grids[0]);
  expect(model.gridOf[model.fabric.cellOf.get(other) ?? -1]).toBe(model.grids[1]);
});

it("knows its own edit in the log when the answer was lost, also after a reload", () => {
  const model = open();
  const queue = new Queue(model, "draft", 1);
  const mine = building(model, 0);
  queue.push({ kind: "assign", payload: { buildings: [mine], grid: grid(model, 1) } });
  const stored = queue.store();
  const log = [logged(2, grid(model, 1), [mine], [grid(model, 0), grid(model, 1)])];
  queue.follow(log);
  expect([queue.pending.length, queue.conflicts.length]).toEqual([0, 0]);
  const later = new Queue(model, "draft", 2);
  later.restore(stored, log);
  expect([later.pending.length, later.conflicts.length]).toEqual([0, 0]);
});

it("asks for the whole plan where the log has a gap", () => {
  const model = open();
  expect(new Queue(model, "draft", 1).follow([logged(5, grid(model, 1), [], [])])).toBe(false);
});

it("puts everything back when a stroke is dropped", () => {
  const model = open();
  const before = Int32Array.from(model.gridOf);
  const stroke = new Stroke(model, model.grids[1] ?? -1);
  expect(stroke.add(model.cells(model.grids[0] ?? -1).slice())).toBeGreaterThan(0);
  expect(stroke.breaches().map((one) => one.kind)).toContain("empty");
  stroke.drop();
  expect(model.gridOf).toEqual(before);
});
