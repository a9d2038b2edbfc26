// Keeps the map at what is on the desk, and gives the keys their meaning.

import { effect, untracked } from "@preact/signals";

import type { MapView } from "../../map/view";
import { live } from "../../stores/live";
import { theme } from "../../stores/theme";
import { writes } from "../../ui/keys";
import { cursor, KEYS } from "./Bar";
import type { Desk } from "./desk";
import { Drawing } from "./drawing";
import { answer, breaches, desk, lock, overlay, selected, step, tool, wanted, working } from "./state";
import { hand } from "./tools";

/** Keep a drawing at what is on the desk, until the returned function is called. */
function drawn(view: MapView, made: Desk): () => void {
  const drawing = new Drawing(view, made);
  const ends = [
    hand(view, made, drawing, (x, y) => {
      const { clientWidth: wide, clientHeight: high } = view.map.getContainer();
      cursor.value = { x, y, wide, high };
    }),
    effect(() => {
      if (made.turn.value < 0) return;
      drawing.update(made.touched());
      const stroke = made.stroke.value;
      drawing.stroke(stroke?.painted ?? [], stroke !== null && stroke.size > 0 && stroke.breaches().length > 0);
      drawing.choose([selected.value]);
      // Names wait until a stroke is done: beside the pointer are the figures meanwhile.
      if (!stroke) drawing.names();
      const { inRange, under, over } = made.model.totals();
      live.value = { in_range: inRange, under, over };
    }),
    effect(() => {
      drawing.work(working.value);
    }),
    effect(() => {
      const seen = made.seen.value;
      if (seen) drawing.seen(seen.grids);
    }),
    effect(() => {
      if (made.reloads.value > 0) drawing.all();
    }),
    effect(() => {
      drawing.other(overlay.value);
    }),
    theme.subscribe(() => {
      requestAnimationFrame(() => {
        drawing.hide(true);
      });
    }),
  ];
  return () => {
    ends.forEach((end) => {
      end();
    });
    drawing.remove();
  };
}

/** Draw whatever plan is on the desk, until the returned function is called. */
export function show(view: MapView): () => void {
  let stop: () => void = () => undefined;
  const ends = [
    effect(() => {
      stop();
      const made = desk.value;
      stop = made ? untracked(() => drawn(view, made)) : () => undefined;
    }),
    effect(() => {
      const place = wanted.value;
      if (place) view.goto(place[0], place[1]);
    }),
  ];
  return () => {
    ends.forEach((end) => {
      end();
    });
    stop();
  };
}

/** Keys of the editor; they go before the shell's. */
export function keys(event: KeyboardEvent): void {
  if (!desk.value || writes(event.target) || document.querySelector("dialog[open]")) return;
  const act = actOf(event);
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

function actOf(event: KeyboardEvent): (() => unknown) | null {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "y" || (key === "z" && event.shiftKey)) return () => step("redo");
    return key === "z" ? () => step("undo") : null;
  }
  const chosen = KEYS[key];
  if (chosen) return () => (tool.value = chosen);
  return key === "8" ? lock : leaving(key);
}

/** What Enter and Escape do: they answer for a stroke that waits, else Escape puts the tool down, then the grid. */
function leaving(key: string): (() => unknown) | null {
  if (breaches.value && (key === "escape" || key === "enter")) {
    return () => {
      answer(key === "enter" ? "repair" : "drop");
    };
  }
  if (key !== "escape" || (tool.value === "select" && selected.value < 0)) return null;
  return () => {
    if (tool.value === "select") selected.value = -1;
    tool.value = "select";
  };
}
