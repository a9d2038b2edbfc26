// Editing a plan: brush, lasso, split, merge, lock; the balance follows every stroke.

import { render } from "preact";

import type { MapView } from "../../map/view";
import { plans } from "../../stores/plan";
import { parameter } from "../../stores/view";
import { Overlay } from "./Bar";
import "./edit.css";
import { Panel, Progress } from "./Panel";
import { closePlan, openPlan } from "./remote";
import { keys, show } from "./show";

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
  const stop = show(view);
  addEventListener("keydown", keys, true);
  const asked = parameter("plan");
  if (plans.value.some((one) => one.name === asked && one.state === "draft")) void openPlan(asked ?? "");
  return () => {
    removeEventListener("keydown", keys, true);
    closePlan();
    stop();
    render(null, box);
    box.remove();
  };
}

export default { Panel, enter };
