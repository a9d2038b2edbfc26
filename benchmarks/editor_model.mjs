// Times the editor's own model: node editor_model.mjs MODEL.mjs CITY.json EDITS prints as JSON
// the milliseconds of each edit, and those of them that the processor worked.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const [model_, city, edits] = process.argv.slice(2);
const { fabricOf, PlanModel, Queue, Stroke, Violations } = await import(model_);
const { fabric: wire, layout } = JSON.parse(readFileSync(city, "utf-8"));
const fabric = fabricOf(wire);
const model = new PlanModel(fabric, layout, { min: 300, max: 500 });
const violations = new Violations(model);
const queue = new Queue(model, "draft", 1);
violations.update(model.takeTouched());

let seed = 7;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
};

/** A cell at the border of its grid, and the grid beyond. */
function border() {
  for (;;) {
    const cell = random(fabric.size);
    for (let edge = fabric.start[cell]; edge < fabric.start[cell + 1]; edge += 1) {
      const other = model.gridOf[fabric.near[edge]];
      if (other !== model.gridOf[cell] && model.cells(model.gridOf[cell]).length > 50) return [cell, other];
    }
  }
}

const worked = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const spent = [];
const cpu = [];
let sum = 0;
for (let turn = 0; turn < Number(edits); turn += 1) {
  const [cell, slot] = border();
  const from = worked();
  const start = performance.now();
  const stroke = new Stroke(model, slot);
  stroke.add([cell]);
  const breaches = stroke.breaches();
  const touched = model.takeTouched();
  violations.update(touched);
  const { inRange } = model.totals();
  for (const one of touched) sum += model.figures(one).households;
  const done = stroke.finish();
  queue.pushDone(done.edit, done.back);
  spent.push(performance.now() - start);
  cpu.push(worked() - from);
  sum += inRange + breaches.length;
}
console.log(JSON.stringify({ spent, cpu, sum, size: fabric.size, grids: model.grids.length }));
