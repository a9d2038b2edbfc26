// Keeps the address bar at what is seen.

import { effect } from "@preact/signals";

import { into } from "../stores/drill";
import { language } from "../stores/language";
import { plan } from "../stores/plan";
import { grid } from "../stores/selection";
import { addressed, mode, view, written } from "../stores/view";

/** Write mode, plan, grid, language and view into the address until the returned function is called. */
export function keepAddress(): () => void {
  let waiting = 0;
  const stop = effect(() => {
    const values = { mode: mode.value, plan: plan.value, grid: grid.value, in: into.value, lang: language.value };
    const hash = view.value ? written(view.value) : "";
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      history.replaceState(null, "", `${location.pathname}${addressed(location.search, values)}${hash}`);
    }, 120);
  });
  return () => {
    window.clearTimeout(waiting);
    stop();
  };
}
