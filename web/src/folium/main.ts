// The script of an offline folium map: Leaflet, and `mount`, which the page calls with its map and its document.

import "leaflet/dist/leaflet.css";
import "./style.css";

import * as L from "leaflet";

import { h } from "../dom";
import { tokens } from "../tokens";
import { ViewportCanvas } from "./canvas";
import type { MapDocument } from "./document";
import { furniture } from "./furniture";
import { statusOf } from "./figures";
import { legendContent } from "./legend";
import { Overlay } from "./overlay";
import { Painter } from "./painter";
import { panelContent } from "./panel";
import { facilityCard, gridCard } from "./popup";
import { buildScene, find, type Scene } from "./scene";
import { Shell } from "./shell";
import { State } from "./state";
import { figure, fullName } from "./text";
import { variables, watchTheme } from "./theme";
import type { TopicDocument } from "./topic/document";
import { TopicPage } from "./topic/page";
import type { Point } from "./unpack";

// folium's own script, and elements that readers add, expect Leaflet as a global.
Object.assign(window, { L });

function initial(map: MapDocument): State {
  const kinds = new Set(map.facilities.kind);
  const shown = ["grids", "communities", "subdistricts", "compounds", "buildings", "labels"];
  return new State({
    plan: map.plans.length - 1,
    language: map.language,
    selected: -1,
    hovered: -1,
    shown: new Set([...shown, ...[...kinds].map((kind) => `facility:${kind}`)]),
  });
}

class Page {
  private readonly state: State;
  private readonly scene: Scene;
  private readonly city: ViewportCanvas;
  private readonly focus: ViewportCanvas;
  private readonly names: ViewportCanvas;
  private readonly overlay: Overlay;
  private readonly shell: Shell;
  private readonly tip = L.tooltip({ direction: "top", offset: [0, -6], className: "gm-tip" });
  private popup: L.Popup | undefined;

  constructor(
    private readonly leaflet: L.Map,
    private readonly map: MapDocument,
  ) {
    this.state = initial(map);
    this.scene = buildScene(map);
    const theme = watchTheme(() => {
      this.repaint();
    });
    const painter = new Painter(map, this.scene, theme);
    this.overlay = new Overlay(map, this.scene, theme, tokens.type.family);
    const { local } = this.scene;
    for (const [pane, order] of [["gm-city", 210], ["gm-focus", 420], ["gm-names", 430]] as const) {
      const made = leaflet.createPane(pane);
      made.style.zIndex = String(order);
      made.style.pointerEvents = "none";
    }
    this.city = new ViewportCanvas("gm-city", local, (context, view) => { painter.paint(context, view, this.state.now); });
    this.focus = new ViewportCanvas("gm-focus", local, (context, view) => { painter.focus(context, view, this.state.now); });
    this.names = new ViewportCanvas("gm-names", local, (context, view) => { this.overlay.paint(context, view, this.state.now); });
    const fly = (row: number): void => { this.fly(row); };
    this.shell = new Shell(leaflet, map, this.state, {
      title: () => map.title,
      panel: () => panelContent(map, this.state, { fly }),
      legend: () => legendContent(map, this.state),
    });
    this.open();
  }

  private open(): void {
    const [west, south, east, north] = this.map.bounds;
    const bounds = L.latLngBounds([south, west], [north, east]);
    this.leaflet.setMinZoom(9).setMaxZoom(20).setMaxBounds(bounds.pad(1));
    this.leaflet.fitBounds(bounds, { ...this.shell.padding(), animate: false });
    furniture(this.leaflet, this.state);
    for (const layer of [this.city, this.focus, this.names]) layer.addTo(this.leaflet);
    this.leaflet.on("click", (event) => { this.click(event); });
    this.leaflet.on("mousemove", (event) => { this.hover(event); });
    this.leaflet.on("mouseout", () => { this.state.set({ hovered: -1 }); this.tip.remove(); });
    this.state.listen((now, before) => {
      if (now.plan !== before.plan || now.language !== before.language) this.popup?.remove();
      if (now.plan !== before.plan || now.shown !== before.shown || now.language !== before.language) this.repaint();
      else this.focus.refresh();
    });
  }

  private repaint(): void {
    for (const layer of [this.city, this.focus, this.names]) layer.refresh();
  }

  private gridAt({ lng, lat }: L.LatLng): number {
    const plan = this.scene.plans[this.state.now.plan];
    return plan ? find(plan.grids, [lng, lat]) : -1;
  }

  private badgeAt(point: L.Point): number {
    const owner = this.overlay.at(point);
    return owner && "facility" in owner ? owner.facility : -1;
  }

  private click(event: L.LeafletMouseEvent): void {
    const facility = this.badgeAt(event.containerPoint);
    if (facility >= 0) {
      this.show(event.latlng, facilityCard(this.map, facility, this.state.now.language));
      return;
    }
    const row = this.gridAt(event.latlng);
    const here: Point = [event.latlng.lng, event.latlng.lat];
    if (row < 0) this.popup?.remove();
    else this.select(row, event.latlng, this.map.compounds.name[find(this.scene.compounds, here)] ?? "");
  }

  private select(row: number, at: L.LatLng, compound: string): void {
    const { plan, language } = this.state.now;
    this.show(at, gridCard(this.map, plan, row, compound, language));
    this.state.set({ selected: row });
  }

  private show(at: L.LatLng, card: HTMLElement): void {
    this.popup?.remove();
    this.tip.remove();
    const { paddingTopLeft, paddingBottomRight } = this.shell.padding();
    const options = { maxWidth: 300, minWidth: 220, autoPanPaddingTopLeft: paddingTopLeft, autoPanPaddingBottomRight: paddingBottomRight };
    this.popup = L.popup(options).setLatLng(at).setContent(card).openOn(this.leaflet);
    this.popup.on("remove", () => { this.state.set({ selected: -1 }); });
  }

  private hover(event: L.LeafletMouseEvent): void {
    const grids = this.map.plans[this.state.now.plan]?.grids;
    const badge = this.badgeAt(event.containerPoint);
    const row = this.gridAt(event.latlng);
    this.leaflet.getContainer().style.cursor = row >= 0 || badge >= 0 ? "pointer" : "";
    this.state.set({ hovered: row });
    if (!grids || (row < 0 && badge < 0)) {
      this.tip.remove();
      return;
    }
    const status = statusOf(grids, row);
    const text = badge >= 0 ? this.map.facilities.name[badge] ?? "" : `${fullName(grids, row, this.state.now.language)}\u3000${tokens.status[status].sign} ${figure(grids.households[row], this.state.now.language)}`;
    this.tip.setLatLng(event.latlng).setContent(h("span", {}, text)).addTo(this.leaflet);
  }

  /** Go to a grid and open its card. */
  fly(row: number): void {
    const shape = this.scene.plans[this.state.now.plan]?.grids[row];
    if (!shape) return;
    const [west, south, east, north] = shape.bounds;
    const bounds = L.latLngBounds([south, west], [north, east]);
    this.shell.rest();
    this.leaflet.fitBounds(bounds.pad(0.6), { ...this.shell.padding(), maxZoom: 17, duration: 0.15 });
    const [lng, lat] = this.scene.plans[this.state.now.plan]?.places[row]?.point ?? [0, 0];
    this.select(row, L.latLng(lat, lng), "");
  }
}

/** Check that a document is one of ours before anything is drawn from it. */
function isDocument(value: unknown): value is MapDocument | TopicDocument {
  return typeof value === "object" && value !== null && ("plans" in value || "views" in value) && "origin" in value;
}

/** Draw the document of the element `id` on folium's map. */
export function mount(leaflet: L.Map, id: string): void {
  const value: unknown = JSON.parse(document.getElementById(id)?.textContent ?? "null");
  if (!isDocument(value)) throw new Error(`the page holds no map document ${id}`);
  document.head.append(h("style", {}, variables()));
  document.documentElement.lang = value.language === "zh" ? "zh-CN" : "en";
  leaflet.getContainer().classList.add("gridmap");
  if ("views" in value) new TopicPage(leaflet, value);
  else new Page(leaflet, value);
}
