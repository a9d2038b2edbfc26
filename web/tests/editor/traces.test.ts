import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { changeOf, fabricOf, PlanModel, Refused, Violations, type Change, type Edit, type FabricWire, type GridRecord } from "../../src/editor";

interface State {
  grids: {
    grid: string;
    households: number;
    unknown: number;
    buildings: number;
    compounds: number;
    status: string;
    distance: number;
    parts: number;
    locked: boolean;
    name: string;
    polsby_popper: number | null;
    across: boolean;
  }[];
  totals: Record<string, number>;
  split: string[];
}

interface Trace {
  name: string;
  window: [number, number];
  fabric: FabricWire;
  layout: { grid: number[]; grids: GridRecord[]; bridges: [string, string][] };
  start: State;
  steps: { kind: string; payload: unknown; refused: string | null; state: State | null }[];
}

const traces = JSON.parse(readFileSync(resolve(import.meta.dirname, "traces.json"), "utf-8")) as Trace[];

function stateOf(model: PlanModel, violations: Violations): State {
  violations.update(model.takeTouched());
  const totals = model.totals();
  const wrong = violations.list();
  return {
    grids: model.grids.map((slot) => {
      const { households, unknown, buildings, compounds, status, distance, parts, polsbyPopper } = model.figures(slot);
      const { id, locked, name } = model.record(slot);
      const polsby_popper = Number.isNaN(polsbyPopper) ? null : Number(polsbyPopper.toFixed(6));
      const across = wrong.some((one) => one.kind === "barrier" && one.grid === id);
      return { grid: id, households, unknown, buildings, compounds, status, distance, parts, locked, name, polsby_popper, across };
    }),
    totals: {
      grids: totals.grids,
      in_range: totals.inRange,
      under: totals.under,
      over: totals.over,
      households: totals.households,
      contiguity_breaks: totals.contiguityBreaks,
      compounds_split: totals.compoundsSplit,
    },
    split: wrong.filter((one) => one.kind === "compound").map((one) => one.compound).sort(),
  };
}

function rounded(state: State): State {
  const grids = state.grids.map((one) => ({
    ...one,
    // A special grid's shape is its own polygon's, which the editor does not need.
    polsby_popper: one.polsby_popper === null ? null : Number(one.polsby_popper.toFixed(6)),
  }));
  return { ...state, grids };
}

function refusalOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

describe.each(traces)("the trace of $name", (trace) => {
  const open = (): PlanModel =>
    new PlanModel(fabricOf(trace.fabric), trace.layout, { min: trace.window[0], max: trace.window[1] });

  it("gives the balance and the violations of `gridmap balance` after every edit", () => {
    const model = open();
    const violations = new Violations(model);
    const done: Change[] = [];
    expect(stateOf(model, violations)).toEqual(rounded(trace.start));
    for (const step of trace.steps) {
      const refused = refusalOf(() => {
        if (step.kind === "undo") model.apply(done.pop() ?? {});
        else done.push(model.apply(changeOf(model, { kind: step.kind, payload: step.payload } as Edit)));
      });
      expect(refused).toBe(step.refused);
      if (step.state) expect(stateOf(model, violations)).toEqual(rounded(step.state));
    }
  });

  it("is taken back edit by edit to where it began, and made again", () => {
    const model = open();
    const violations = new Violations(model);
    const done: Change[] = [];
    for (const step of trace.steps.filter((one) => one.kind !== "undo" && one.refused === null)) {
      const edit = { kind: step.kind, payload: step.payload } as Edit;
      refusalOf(() => done.push(model.apply(changeOf(model, edit))));
    }
    const end = stateOf(model, violations);
    const forward = done.toReversed().map((change) => model.apply(change));
    expect(stateOf(model, violations)).toEqual(rounded(trace.start));
    forward.toReversed().forEach((change) => model.apply(change));
    expect(stateOf(model, violations)).toEqual(end);
  });
});
