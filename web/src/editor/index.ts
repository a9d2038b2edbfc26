/** The editing of a plan without a page: cells, grids, figures, strokes, borders and the queue of edits. */

export { Refused, replayable, type Change, type Edit, type GridRecord, type RefusalCode } from "./change";
export { barredFrom, changeOf, freshId, gridsOf } from "./edits";
export { fabricOf, type Community, type Fabric, type FabricWire } from "./fabric";
export { PlanModel, type Figures, type Status, type Totals, type Window } from "./model";
export { Outlines, type Line } from "./outlines";
export { leftOf, Picker, type Place } from "./pick";
export { Queue, type Conflict, type Logged, type Pending, type Stored } from "./queue";
export { repairOf } from "./repair";
export { Stroke, type Breach } from "./stroke";
export { anchorOf, Violations, violationsOf, type Violation } from "./violations";
