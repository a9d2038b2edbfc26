// The hand on the map: what pressing, moving and letting go mean with each tool.

import type { MapMouseEvent, MapTouchEvent } from "maplibre-gl";

import type { Line, Place } from "../../../editor";
import type { MapView } from "../../map/view";
import type { Desk } from "./desk";
import type { Drawing } from "./drawing";
import { brushM, lasso, merge, newGrid, ready, release, selected, splitAlong, breaches, tool, pointed } from "./state";

type Press = MapMouseEvent | MapTouchEvent;

/** Follow the hand until the returned function is called. `near` is told where the pointer is, in pixels of the map. */
export function hand(view: MapView, desk: Desk, drawing: Drawing, near: (x: number, y: number) => void): () => void {
  const made = new Hand(view, desk, drawing, near);
  const { map } = view;
  const listening = [
    map.on("mousedown", made.down), map.on("touchstart", made.down), map.on("mousemove", made.move),
    map.on("touchmove", made.move), map.on("mouseup", made.up), map.on("touchend", made.up),
  ]; // prettier-ignore
  const unclick = view.onClick(({ lon, lat }) => {
    clicked(desk, desk.picker.at([lon, lat]));
  });
  addEventListener("keydown", made.space);
  addEventListener("keyup", made.space);
  const ungrab = tool.subscribe(made.grab);
  return () => {
    unclick();
    listening.forEach((one) => {
      one.unsubscribe();
    });
    removeEventListener("keydown", made.space);
    removeEventListener("keyup", made.space);
    ungrab();
    map.dragPan.enable();
    map.getCanvas().style.cursor = "";
  };
}

const draws = (): boolean => ["lasso", "line", "new"].includes(tool.value);
const placeOf = ({ lngLat }: Press): [number, number] => [lngLat.lng, lngLat.lat];

class Hand {
  private line: Line | null = null;
  private held = false;
  private last: Place | null = null;
  /** The cells that are being dragged, and the grid that they were taken from. */
  private carried: readonly number[] = [];
  private home = -1;

  constructor(
    private readonly view: MapView,
    private readonly desk: Desk,
    private readonly drawing: Drawing,
    private readonly near: (x: number, y: number) => void,
  ) {}

  readonly grab = (): void => {
    const { map } = this.view;
    if (this.held || !(draws() || tool.value === "brush" || tool.value === "carry")) map.dragPan.enable();
    else map.dragPan.disable();
    map.getCanvas().style.cursor = tool.value === "select" ? "" : "crosshair";
  };

  readonly down = (event: Press): void => {
    const several = "touches" in event.originalEvent && event.originalEvent.touches.length > 1;
    // Two fingers move the map: what the first of them has begun is nothing.
    if (several) this.leave();
    if (this.held || breaches.value || several) return;
    const place = placeOf(event);
    if (tool.value !== "select" && !ready()) return;
    if (draws()) this.line = [place];
    if (tool.value === "carry") this.lift(this.desk.picker.at(place));
    if (tool.value !== "brush") return;
    const slot = this.desk.model.gridOf[this.desk.picker.at(place)] ?? -1;
    if (slot < 0) return;
    selected.value = slot;
    this.desk.begin(slot);
    this.last = place;
    this.desk.painted();
  };

  private leave(): void {
    this.line = this.last = null;
    this.carried = [];
    this.drawing.sketch([], false);
    if (!breaches.value) this.desk.dropStroke();
  }

  readonly move = (event: Press): void => {
    this.near(event.point.x, event.point.y);
    const place = placeOf(event);
    const { desk } = this;
    if (this.line) {
      this.line.push(place);
      this.drawing.sketch(this.line, tool.value !== "line");
      return;
    }
    if (this.carried.length && !breaches.value) {
      this.hover(desk.picker.at(place));
      return;
    }
    const stroke = desk.stroke.value;
    if (stroke && this.last && !breaches.value) {
      for (const at of between(this.last, place, brushM.value)) stroke.add(desk.picker.near(at, brushM.value));
      this.last = place;
      desk.painted();
      return;
    }
    pointed.value = tool.value === "select" ? -1 : (desk.model.gridOf[desk.picker.at(place)] ?? -1);
  };

  readonly up = (): void => {
    this.last = null;
    this.carried = [];
    const done = this.line;
    this.line = null;
    if (!done) {
      if (this.desk.stroke.value && !breaches.value) release();
      return;
    }
    this.drawing.sketch([], false);
    if (done.length < 3) return;
    if (tool.value === "line") splitAlong(done);
    else if (tool.value === "lasso") lasso(this.desk.picker.lasso(done));
    else newGrid(this.desk.picker.lasso(done));
  };

  /** Take up the compound that a cell is of, as far as it is in one grid; a building that is of none alone. */
  private lift(cell: number): void {
    const { fabric, model } = this.desk;
    this.home = cell < 0 ? -1 : (model.gridOf[cell] ?? -1);
    if (this.home < 0) return;
    const compound = fabric.compound[cell] ?? -1;
    this.carried = compound < 0 ? [cell] : model.cells(this.home).filter((one) => fabric.compound[one] === compound);
    selected.value = this.home;
  }

  /** Hold what is carried over a cell: it is in the grid there until it is held elsewhere or let go. */
  private hover(cell: number): void {
    const { desk, carried, home } = this;
    const slot = carried.includes(cell) ? home : (desk.model.gridOf[cell] ?? -1);
    if (slot < 0 || slot === (desk.stroke.value?.target ?? home)) return;
    desk.dropStroke();
    if (slot !== home) {
      desk.begin(slot).add(carried);
      desk.painted();
    }
  }

  readonly space = (event: KeyboardEvent): void => {
    if (event.code !== "Space" || event.repeat) return;
    this.held = event.type === "keydown";
    this.grab();
  };
}

function clicked(desk: Desk, cell: number): void {
  const slot = desk.model.gridOf[cell] ?? -1;
  if (breaches.value || slot < 0) return;
  if (tool.value === "select" || (selected.value < 0 && (tool.value === "click" || tool.value === "merge"))) {
    selected.value = slot;
  } else if (tool.value === "click" && slot !== selected.value) lasso([cell]);
  else if (tool.value === "merge") merge(slot);
}

/** Places on the way, so close that a brush of so many metres leaves nothing out. */
function between(from: Place, to: Place, metres: number): Place[] {
  const far = Math.hypot(to[0] - from[0], to[1] - from[1]) * 111_320;
  const count = Math.min(200, Math.max(1, Math.ceil(far / Math.max(metres, 5))));
  return Array.from({ length: count }, (_, at) => {
    const share = (at + 1) / count;
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  });
}
