// A topic on folium's map: what is chosen, shown and answered.

import * as L from "leaflet";

import { h } from "../../dom";
import { ViewportCanvas } from "../canvas";
import { furniture } from "../furniture";
import { facilityCard } from "../popup";
import { Shell } from "../shell";
import { State } from "../state";
import { watchTheme } from "../theme";
import { itemCard } from "./card";
import { say, type TopicDocument } from "./document";
import { itemAt } from "./hits";
import { topicLegend } from "./legend";
import { TopicOverlay } from "./overlay";
import { TopicPainter } from "./painter";
import { topicPanel } from "./panel";
import { buildTopic, type TopicScene } from "./scene";

/** What is shown to begin with: the first view, its layers, and of the city what a reader needs to find the way. */
export function initial(map: TopicDocument): State {
  const own = map.layers.filter((layer) => layer.on).map((layer) => layer.id);
  const shown = new Set(["communities", "subdistricts", "compounds", "buildings", "labels", ...own]);
  return new State({ plan: 0, language: map.language, selected: -1, hovered: -1, shown: turned(map, 0, shown) });
}

/** The layers shown after a turn to a view: as they were, but for what the view asks for. */
export function turned(map: TopicDocument, view: number, shown: ReadonlySet<string>): Set<string> {
  const next = new Set(shown);
  for (const layer of map.views[view]?.show ?? []) next.add(layer);
  for (const layer of map.views[view]?.hide ?? []) next.delete(layer);
  return next;
}

export class TopicPage {
  private readonly state: State;
  private readonly scene: TopicScene;
  private readonly layers: ViewportCanvas[];
  private readonly focus: ViewportCanvas;
  private readonly overlay: TopicOverlay;
  private readonly shell: Shell;
  private readonly tip = L.tooltip({ direction: "top", offset: [0, -6], className: "gm-tip" });
  private popup: L.Popup | undefined;

  constructor(
    private readonly leaflet: L.Map,
    private readonly map: TopicDocument,
  ) {
    this.state = initial(map);
    this.scene = buildTopic(map);
    const theme = watchTheme(() => { this.repaint(); });
    const painter = new TopicPainter(this.scene, theme);
    this.overlay = new TopicOverlay(map, this.scene, theme);
    const { local } = this.scene;
    for (const [pane, order] of [["gm-city", 210], ["gm-focus", 420], ["gm-names", 430]] as const) {
      const made = leaflet.createPane(pane);
      made.style.zIndex = String(order);
      made.style.pointerEvents = "none";
    }
    this.focus = new ViewportCanvas("gm-focus", local, (context, view) => { painter.focus(context, view, this.state.now); });
    const city = new ViewportCanvas("gm-city", local, (context, view) => { painter.paint(context, view, this.state.now); });
    const names = new ViewportCanvas("gm-names", local, (context, view) => { this.overlay.paint(context, view, this.state.now); });
    this.layers = [city, this.focus, names];
    const actions = { fly: (item: number): void => { this.fly(item); }, view: (index: number): void => { this.turn(index); } };
    this.shell = new Shell(leaflet, map, this.state, {
      title: () => say(map.heading, this.state.now.language),
      panel: () => topicPanel(map, this.state, actions),
      legend: () => topicLegend(map, this.state),
    });
    this.open();
  }

  private open(): void {
    const [west, south, east, north] = this.map.bounds;
    const bounds = L.latLngBounds([south, west], [north, east]);
    this.leaflet.setMinZoom(9).setMaxZoom(20).setMaxBounds(bounds.pad(1));
    this.leaflet.fitBounds(bounds, { ...this.shell.padding(), animate: false });
    furniture(this.leaflet, this.state);
    for (const layer of this.layers) layer.addTo(this.leaflet);
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
    for (const layer of this.layers) layer.refresh();
  }

  /** Show another view. */
  private turn(view: number): void {
    this.state.set({ plan: view, selected: -1, hovered: -1, shown: turned(this.map, view, this.state.now.shown) });
  }

  private hit(event: L.LeafletMouseEvent): { item: number; facility: number } {
    const owner = this.overlay.at(event.containerPoint);
    if (owner && "facility" in owner) return { item: -1, facility: owner.facility };
    if (owner) return { item: owner.item, facility: -1 };
    const { plan, shown } = this.state.now;
    const near = ([lng, lat]: readonly [number, number]): number =>
      this.leaflet.latLngToContainerPoint([lat, lng]).distanceTo(event.containerPoint);
    const { lng, lat } = event.latlng;
    return { item: itemAt(this.scene, plan, shown, this.leaflet.getZoom(), [lng, lat], near), facility: -1 };
  }

  private click(event: L.LeafletMouseEvent): void {
    const { item, facility } = this.hit(event);
    const { language } = this.state.now;
    if (facility >= 0) this.show(event.latlng, facilityCard(this.map, facility, language));
    else if (item >= 0) this.select(item, event.latlng);
    else this.popup?.remove();
  }

  private select(item: number, at: L.LatLng): void {
    this.show(at, itemCard(this.map, item, this.state.now.language));
    this.state.set({ selected: item });
  }

  private show(at: L.LatLng, card: HTMLElement): void {
    this.popup?.remove();
    this.tip.remove();
    const { paddingTopLeft, paddingBottomRight } = this.shell.padding();
    const options = { maxWidth: 320, minWidth: 220, autoPanPaddingTopLeft: paddingTopLeft, autoPanPaddingBottomRight: paddingBottomRight };
    this.popup = L.popup(options).setLatLng(at).setContent(card).openOn(this.leaflet);
    this.popup.on("remove", () => { this.state.set({ selected: -1 }); });
  }

  private hover(event: L.LeafletMouseEvent): void {
    const { item, facility } = this.hit(event);
    this.leaflet.getContainer().style.cursor = item >= 0 || facility >= 0 ? "pointer" : "";
    this.state.set({ hovered: item });
    const { language } = this.state.now;
    const [, verdict] = this.map.items.verdict[item] ?? ["", ""];
    const said = [say(this.map.items.name[item], language), say(verdict, language)].filter(Boolean).join("\u3000");
    const text = facility >= 0 ? (this.map.facilities.name[facility] ?? "") : said;
    if (!text) this.tip.remove();
    else this.tip.setLatLng(event.latlng).setContent(h("span", {}, text)).addTo(this.leaflet);
  }

  /** Go to an item and open its card. */
  private fly(item: number): void {
    const spot = this.scene.items[item];
    if (!spot) return;
    this.shell.rest();
    const shape = this.scene.outlines.get(item);
    const [lng, lat] = spot.point;
    const [west, south, east, north] = shape?.bounds ?? [lng, lat, lng, lat];
    const bounds = L.latLngBounds([south, west], [north, east]).pad(shape ? 0.6 : 0);
    this.leaflet.fitBounds(bounds, { ...this.shell.padding(), maxZoom: this.map.items.zoom[item] ?? 16, duration: 0.15 });
    this.select(item, L.latLng(lat, lng));
  }
}
