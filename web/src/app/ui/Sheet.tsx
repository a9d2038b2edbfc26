// The phone's bottom sheet: dragged or tapped to one of three heights.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { grid } from "../stores/selection";
import { t } from "../words/shell";

export const STOPS = [0.2, 0.5, 0.9] as const;

/** Return the stop nearest to a height, as a share of the page's. */
export function nearest(share: number): number {
  const far = STOPS.map((stop) => Math.abs(stop - share));
  return far.indexOf(Math.min(...far));
}

/** The sheet; it opens at the middle stop. */
export function Sheet({ children, first = 0 }: { children: ComponentChildren; first?: number }): JSX.Element {
  const stop = useSignal(first);
  const box = useRef<HTMLElement>(null);
  const drag = useRef<{ y: number; height: number; moved: boolean } | null>(null);
  // Of the whole page, so that what floats over the map can keep clear of it.
  const set = (height: number) => { document.documentElement.style.setProperty("--sheet", `${height}px`); };
  const rest = (at: number) => {
    stop.value = at;
    set((STOPS[at] ?? STOPS[0]) * innerHeight);
  };
  // Whoever selects a grid wants to see it, and its card, which stands on the lowest sheet.
  useEffect(
    () =>
      grid.subscribe((chosen) => {
        if (chosen !== null && stop.peek() > 0) rest(0);
      }),
    [],
  );
  return (
    <section class={`gm-sheet gm-stop-${stop.value}`} ref={box} aria-label={t("panel")}>
      <button
        type="button"
        class="gm-handle"
        aria-label={t("sheet")}
        aria-expanded={stop.value > 0}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { y: event.clientY, height: box.current?.offsetHeight ?? 0, moved: false };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) return;
          from.moved ||= Math.abs(event.clientY - from.y) > 4;
          if (from.moved) set(from.height + from.y - event.clientY);
        }}
        onPointerUp={(event) => {
          const from = drag.current;
          if (from?.moved) rest(nearest((from.height + from.y - event.clientY) / innerHeight));
        }}
        onClick={() => {
          if (!drag.current?.moved) rest((stop.value + 1) % STOPS.length);
          drag.current = null;
        }}
      >
        <i />
      </button>
      <div class="gm-sheet-body">{children}</div>
    </section>
  );
}
