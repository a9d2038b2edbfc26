// Editing a plan: brush, lasso, split, merge, lock; the balance follows every stroke.

import { effect } from "@preact/signals";
import { render } from "preact";

import type { MapView } from "../../map/view";
import { plan, plans } from "../../stores/plan";
import { may } from "../../stores/session";
import { parameter } from "../../stores/view";
import { Overlay } from "./Bar";
import "./edit.css";
import { Panel, Progress } from "./Panel";
import { beneathOn } from "./beneath";
import { beneath, closePlan, life, opening, openPlan } from "./remote";
import { keys, show } from "./show";
import { desk } from "./state";
import { look } from "./steps";

/** How often it is asked where the plan is on its way: others take steps. */
const LOOK_MS = 8_000;

/** Follow what is laid over the grids, and which plan is chosen at the top of the page. */
function follow(view: MapView): (() => void)[] {
  return [
    effect(() => {
      beneathOn(view, beneath.value);
    }),
    effect(() => {
      const name = plan.value;
      const here = desk.peek()?.plan ?? null;
      if (!life.peek() || opening.peek() || name === null || name === here) return;
      if (here === null) void openPlan(name);
      else closePlan();
    }),
  ];
}

function enter(view: MapView): () => void {
  const box = document.createElement("div");
  box.className = "gm-edit-over";
  view.map.getContainer().after(box);
  render(
    <Overlay>
      <Progress />
    </Overlay>,
    box,
  );
  const ends = [show(view), ...follow(view)];
  addEventListener("keydown", keys, true);
  const asked = parameter("plan");
  const open = may("edit") ? ["draft", "submitted", "reviewed", "filed"] : ["submitted", "reviewed", "filed"];
  if (plans.value.some((one) => one.name === asked && open.includes(one.state))) void openPlan(asked ?? "");
  const watch = setInterval(() => {
    if (document.visibilityState === "visible") void look();
  }, LOOK_MS);
  return () => {
    clearInterval(watch);
    removeEventListener("keydown", keys, true);
    closePlan();
    ends.forEach((end) => {
      end();
    });
    render(null, box);
    box.remove();
  };
}

export default { Panel, enter };
