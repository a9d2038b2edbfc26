// The mode of one's own place: my grid, who answers for it, what is near on foot.

import { effect } from "@preact/signals";

import { city } from "../../stores/city";
import type { Mode } from "../mode";
import { getKept } from "./kept";
import { lay } from "./map";
import { Panel } from "./Panel";
import { locate, type Box } from "./position";
import * as state from "./state";
import { words } from "./words";
import "../staff.css";

function find(): void {
  state.position.value = { kind: "asking" };
  const bounds = (city.value?.bounds ?? null) as Box | null;
  void locate(navigator.geolocation, bounds).then((found) => {
    // What was chosen meanwhile stays.
    if (state.position.value.kind === "asking") state.position.value = found;
  });
}

const mode: Mode = {
  id: "here",
  key: "h",
  words: words.title,
  icon: "M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7zm0 4.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  allowed: (session) => session.rights.includes("view"),
  Panel: () => <Panel locate={find} />,
  enter(map) {
    const leave = lay(map);
    const stop = effect(() => {
      if (state.place.value !== null) void state.ask(getKept);
      else state.where.value = state.around.value = null;
    });
    // Where no sure position came, a tap chooses the place.
    const silent = map.onClick(({ lon, lat }) => {
      const now = state.position.value.kind;
      if (state.picking.value || now === "failed" || now === "rough" || now === "chosen") state.choose(lon, lat, "map");
    });
    return () => {
      silent();
      stop();
      leave();
      state.panel.value = "none";
      state.picking.value = false;
    };
  },
  phone: true,
};

export default mode;
