// The mode of matters: board, inbox, call-out, records of grids, heat.

import type { Mode } from "../mode";
import { lay } from "./map";
import { Panel } from "./Panel";
import * as state from "./state";
import { words } from "./words";
import "../staff.css";

const mode: Mode = {
  id: "matters",
  key: "m",
  words: words.title,
  icon: "M4 4h16v12H8l-4 4zM8 8h8M8 12h5",
  allowed: (session) => session.rights.includes("records"),
  Panel,
  enter(map) {
    const leave = lay(map);
    const silent = map.onClick(({ lon, lat, grid, event }) => {
      const now = state.whistle.value.step;
      if (now === "topic" || now === "ready" || now === "failed") {
        void state.whistling({ act: "place", lon, lat });
        return;
      }
      const layers = ["matters-points"].filter((id) => map.map.getLayer(id) !== undefined);
      const [found] = map.map.queryRenderedFeatures(event.point, { layers });
      const id: unknown = found?.properties["id"];
      if (typeof id === "string") void state.open(id);
      else if (grid !== null) {
        state.tab.value = "record";
        void state.open(null);
        map.select(grid);
        void state.loadRecord(grid);
      }
    });
    return () => {
      silent();
      leave();
      map.select(null);
    };
  },
  phone: true,
};

export default mode;
