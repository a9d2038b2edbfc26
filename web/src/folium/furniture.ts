// North and scale, drawn together in the corner.

import * as L from "leaflet";

import { h, svg } from "../dom";
import type { State } from "./state";
import { words } from "./text";

export function furniture(map: L.Map, state: State): void {
  map.zoomControl.setPosition("bottomright");
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 110 }).addTo(map);
  const letter = h("span", {}, words(state.now.language).north);
  const north = new L.Control({ position: "bottomright" });
  north.onAdd = () =>
    h(
      "div",
      { class: "gm-north" },
      letter,
      svg("svg", { viewBox: "0 0 12 18", "aria-hidden": "true" }, svg("path", { d: "M6 1 11 17 6 13 1 17Z" })),
    );
  north.addTo(map);
  state.listen((now) => {
    letter.textContent = words(now.language).north;
  });
}
