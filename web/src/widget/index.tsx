// The editor in a notebook, hosted by anywidget: the same editor as that of the page, on a plan in the kernel.

import { effect } from "@preact/signals";
import { render } from "preact";

import mapStyle from "maplibre-gl/dist/maplibre-gl.css?inline";

import { MapView } from "../app/map/view";
import { Overlay } from "../app/modes/edit/Bar";
import { Desk } from "../app/modes/edit/desk";
import editStyle from "../app/modes/edit/edit.css?inline";
import { keys, show } from "../app/modes/edit/show";
import { desk } from "../app/modes/edit/state";
import { language } from "../app/stores/language";
import { follow, theme } from "../app/stores/theme";
import appStyle from "../app/ui/style.css?inline";
import { dress } from "../app/ui/theme";
import { t } from "../app/words/shell";
import { baseIn } from "./base";
import { KernelHost } from "./host";
import type { Model } from "./model";
import { specialsOf } from "./specials";
import { themeAround, watchTheme } from "./surroundings";
import { Said, Side } from "./Widget";
import style from "./widget.css?inline";

// Each widget has a module of its own, so what the editor is at is one for all that show this widget.
let opened: Promise<Desk> | null = null;

function open(model: Model): Promise<Desk> {
  opened ??= Desk.open(new KernelHost(model)).then((made) => (desk.value = made));
  return opened;
}

interface Frame {
  root: HTMLElement;
  map: HTMLElement;
  over: HTMLElement;
  side: HTMLElement;
  said: HTMLElement;
}

/** Lay out a widget in a shadow tree, so that neither its style nor the notebook's reaches into the other. */
function framed(el: HTMLElement, height: number): Frame {
  const host = document.createElement("div");
  // Lumino's shortcuts would take the editor's keys: cell commands in JupyterLab and Notebook.
  host.dataset["lmSuppressShortcuts"] = "true";
  el.append(host);
  const tree = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = [mapStyle, appStyle, editStyle, style].join("\n");
  const part = (name: string): HTMLElement => {
    const made = document.createElement("div");
    made.className = name;
    return made;
  };
  const [root, ground, map, over, side, said] = [
    part("gm-widget"), part("gm-widget-ground"), part("gm-map"), part("gm-edit-over"), part("gm-widget-side"),
    part("gm-widget-foot"),
  ]; // prettier-ignore
  root.style.height = `${height}px`;
  ground.append(map, over, said);
  root.append(ground, side);
  tree.append(sheet, root);
  return { root, map, over, side, said };
}

async function renderWidget({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const facts = model.get("facts");
  if (facts.language) language.value = facts.language;
  follow(themeAround());
  const { root, map, over, side, said } = framed(el, facts.height);
  render(<Side sample={facts.sample} />, side);
  const ends = [watchTheme(follow), effect(() => { dress(root); })]; // prettier-ignore
  const [made, base] = await Promise.all([open(model), baseIn(model.get("base"))]);
  const words = { "NavigationControl.ZoomIn": t("zoomIn"), "NavigationControl.ZoomOut": t("zoomOut") };
  const bounds = base.bounds ?? made.picker.bounds;
  const view = new MapView(map, { theme: theme.value, tiles: base.tiles, bounds, view: null, words, bare: true });
  view.showGrids(specialsOf(made.fabric, made.outlines));
  render(<Overlay />, over);
  render(<Said />, said);
  const pressed = (event: KeyboardEvent): void => {
    keys(event);
    event.stopPropagation();
  };
  root.addEventListener("keydown", pressed);
  const told = (): void => {
    const { lng, lat } = view.map.getCenter();
    // As the address of the page says it.
    root.dataset["view"] = `${view.map.getZoom()}/${lat}/${lng}`;
  };
  told();
  view.map.on("moveend", told);
  view.map.once("idle", () => (root.dataset["ready"] = "true"));
  ends.push(show(view), theme.subscribe((worn) => { view.setTheme(worn); })); // prettier-ignore
  return () => {
    for (const end of ends) end();
    for (const box of [over, side, said]) render(null, box);
    view.map.remove();
  };
}

export default { render: renderWidget };
