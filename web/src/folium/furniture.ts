// North and scale, together in the corner.

import * as L from "leaflet";

import { h, svg } from "../dom";
import { pixelsPerMetre } from "./mercator";
import type { State } from "./state";
import { words } from "./text";

/** The longest round length of at most `room` pixels: 1, 2 or 5 times a power of ten. */
export function roundScale(perMetre: number, room: number): { metres: number; pixels: number } {
  const power = 10 ** Math.floor(Math.log10(room / perMetre));
  const metres = [5 * power, 2 * power].find((each) => each * perMetre <= room) ?? power;
  return { metres, pixels: metres * perMetre };
}

export function furniture(map: L.Map, state: State): void {
  map.zoomControl.setPosition("bottomright");
  const letter = h("span", {}, words(state.now.language).north);
  const arrow = svg("svg", { viewBox: "0 0 12 18", "aria-hidden": "true" }, svg("path", { d: "M6 1 11 17 6 13 1 17Z" }));
  const length = h("span");
  const bar = h("div", { class: "gm-bar-of-scale" }, length);
  const control = new L.Control({ position: "bottomright" });
  control.onAdd = () => h("div", { class: "gm-furniture" }, bar, h("div", { class: "gm-north" }, letter, arrow));
  control.addTo(map);
  const measure = (): void => {
    const { metres, pixels } = roundScale(pixelsPerMetre(map.getZoom(), map.getCenter().lat), 110);
    bar.style.width = `${Math.round(pixels)}px`;
    length.textContent = metres < 1000 ? `${metres}\u2009m` : `${metres / 1000}\u2009km`;
  };
  map.on("zoomend moveend", measure);
  measure();
  state.listen((now) => {
    letter.textContent = words(now.language).north;
  });
}
