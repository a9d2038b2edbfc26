import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import {
  changeOf, fabricOf, PlanModel, Refused, repairOf, Violations,
  type Edit, type FabricWire, type GridRecord, type Violation,
} from "../../src/editor"; // prettier-ignore

interface Trace {
  name: string;
  window: [number, number];
  fabric: FabricWire;
  layout: { grid: number[]; grids: GridRecord[]; bridges: [string, string][] };
  steps: { kind: string; payload: unknown; refused: string | null }[];
}

const traces = JSON.parse(readFileSync(resolve(import.meta.dirname, "traces.json"), "utf-8")) as Trace[];

/** Tell whether a violation is gone once edits were made, which are taken back again. */
function mended(model: PlanModel, one: Violation, edits: readonly Edit[]): boolean {
  const back = edits.map((edit) => model.apply(changeOf(model, edit)));
  const left = new Violations(model).list();
  back.toReversed().forEach((change) => model.apply(change));
  const same = one.kind === "compound" ? "compound" : "grid";
  return !left.some((now) => now.kind === one.kind && now[same] === one[same]);
}

it("mends what it says it mends, on every plan of the traces, and changes nothing by itself", () => {
  const tally = { tried: 0, gone: 0 };
  const kinds = new Set<string>();
  for (const trace of traces) {
    const model = new PlanModel(fabricOf(trace.fabric), trace.layout, { min: trace.window[0], max: trace.window[1] });
    for (const step of trace.steps) {
      try {
        if (step.kind !== "undo") model.apply(changeOf(model, { kind: step.kind, payload: step.payload } as Edit));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
      const before = Int32Array.from(model.gridOf);
      for (const one of new Violations(model).list()) {
        const edits = repairOf(model, one);
        expect(model.gridOf).toEqual(before);
        if (!edits.length) continue;
        kinds.add(one.kind);
        tally.tried += 1;
        if (mended(model, one, edits)) tally.gone += 1;
      }
    }
  }
  expect(tally.tried).toBeGreaterThan(300);
  expect(tally.gone).toBe(tally.tried);
  expect([...kinds].sort()).toEqual(["barrier", "compound", "empty", "parts"]);
});

it("leaves a grid out of range to redrawing, and locked grids as they are", () => {
  const [trace] = traces as [Trace];
  const model = new PlanModel(fabricOf(trace.fabric), trace.layout, { min: 1, max: 2 });
  const wrong = new Violations(model).list().filter((one) => one.kind === "range");
  expect(wrong.length).toBeGreaterThan(0);
  expect(wrong.flatMap((one) => repairOf(model, one))).toEqual([]);
  for (const slot of model.grids) {
    model.apply(changeOf(model, { kind: "lock", payload: { grid: model.record(slot).id, locked: true } }));
  }
  expect(new Violations(model).list().flatMap((one) => repairOf(model, one))).toEqual([]);
});
