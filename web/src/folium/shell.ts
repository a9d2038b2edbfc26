// Where panel and legend stand: at the edges of a desk's screen, in one bottom sheet on a phone.

import * as L from "leaflet";

import { h } from "../dom";
import type { CityDocument } from "./document";
import { badge } from "./footing";
import type { State } from "./state";
import { words } from "./text";

const PHONE_PX = 640;
const PEEK_PX = 148;

// Drawing the panel anew must not take the keyboard away from where it is.
const FOCUSABLE = [".gm-switch button", ".gm-language", ".gm-collapse"];

/** The three heights of the sheet: how much of the screen it takes. */
export const STOPS = ["peek", "half", "full"] as const;
export type Stop = (typeof STOPS)[number];

/** The stop nearest to a height, given the screen's. */
export function nearestStop(height: number, screen: number): Stop {
  const heights: Record<Stop, number> = { peek: PEEK_PX, half: screen * 0.55, full: screen * 0.92 };
  return [...STOPS].sort((a, b) => Math.abs(heights[a] - height) - Math.abs(heights[b] - height))[0] ?? "peek";
}

export interface Padding {
  paddingTopLeft: L.PointTuple;
  paddingBottomRight: L.PointTuple;
}

/** What the panel and the legend hold, made anew whenever the reader chooses something else. */
export interface Content {
  title: () => string;
  panel: () => HTMLElement[];
  legend: () => HTMLElement[];
}

export class Shell {
  private readonly root: HTMLElement;
  private readonly head = h("header", { class: "gm-head" });
  private readonly body = h("div", { class: "gm-body" });
  private readonly panel = h("aside", { class: "gm-panel" });
  private readonly legend = h("aside", { class: "gm-legend" });
  private phone = false;
  private open = true;
  private legendOpen = true;
  private stop: Stop = "peek";

  constructor(
    map: L.Map,
    private readonly document: CityDocument,
    private readonly state: State,
    private readonly content: Content,
  ) {
    this.root = map.getContainer();
    const grip = h("button", { class: "gm-grip", type: "button", click: () => { this.step(); } });
    this.panel.append(grip, this.head, this.body);
    this.root.append(this.panel, this.legend);
    for (const part of [this.panel, this.legend]) {
      L.DomEvent.disableClickPropagation(part);
      // Leaflet looks for the panel above what was clicked, which is gone by then where the click renders anew.
      part.addEventListener("click", (event) => { event.stopPropagation(); });
      L.DomEvent.disableScrollPropagation(part);
      // What lies below a panel is not pointed at: a row of the list would lose its flash to it.
      part.addEventListener("mousemove", (event) => { event.stopPropagation(); });
      part.addEventListener("mouseenter", () => { map.fire("mouseout"); });
    }
    this.drag(grip);
    this.legendOpen = this.root.clientHeight >= 640 && this.root.clientWidth >= 900;
    this.fold();
    new ResizeObserver(() => { this.fold(); }).observe(this.root);
    state.listen((now, before) => {
      if (now.plan !== before.plan || now.language !== before.language) this.render();
    });
  }

  /** Space that the panels take from the map, for fitting and panning. */
  padding(): Padding {
    if (this.phone) return { paddingTopLeft: [16, 16], paddingBottomRight: [16, PEEK_PX + 16] };
    const left = this.open ? this.panel.offsetLeft + this.panel.offsetWidth + 16 : 24;
    const right = this.legendOpen ? this.legend.offsetWidth + 28 : 24;
    return { paddingTopLeft: [left, 24], paddingBottomRight: [right, 24] };
  }

  /** Give the map back to the reader of a phone. */
  rest(): void {
    if (this.phone) this.setStop("peek");
  }

  private fold(): void {
    const phone = this.root.clientWidth < PHONE_PX;
    if (phone !== this.phone || !this.head.hasChildNodes()) {
      this.phone = phone;
      this.root.classList.toggle("gm-phone", phone);
      (phone ? this.body : this.root).append(this.legend);
      this.render();
    }
    this.setStop(this.stop);
  }

  private render(): void {
    const { language } = this.state.now;
    const w = words(language);
    const focused = FOCUSABLE.find((selector) => document.activeElement?.matches(selector));
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    const other = language === "zh" ? "en" : "zh";
    const collapse = h(
      "button",
      {
        class: "gm-icon gm-collapse",
        type: "button",
        "aria-expanded": String(this.open),
        title: this.open ? w.collapse : w.expand,
        click: () => { this.open = !this.open; this.render(); },
      },
      this.open ? "‹" : "›",
    );
    const speak = h(
      "button",
      { class: "gm-icon gm-language", type: "button", lang: other === "zh" ? "zh-CN" : "en", click: () => { this.state.set({ language: other }); } },
      w.switch_language,
    );
    const heading = this.content.title();
    this.head.replaceChildren(h("h1", { title: heading }, heading), badge(this.document, this.state.now.language) ?? "", speak, collapse);
    this.panel.setAttribute("aria-label", heading);
    this.panel.classList.toggle("gm-closed", !this.open && !this.phone);
    const keep = this.body.contains(this.legend);
    this.body.replaceChildren(...this.content.panel(), ...(keep ? [this.legend] : []));
    this.renderLegend();
    if (this.phone) this.setStop(this.stop);
    if (focused) this.panel.querySelector<HTMLElement>(focused.replace("button", "[aria-checked=true]"))?.focus();
  }

  private renderLegend(): void {
    const w = words(this.state.now.language);
    const open = this.legendOpen || this.phone;
    const flip = (): void => {
      this.legendOpen = !this.legendOpen;
      this.renderLegend();
    };
    const title = h(
      "button",
      { class: "gm-fold", type: "button", "aria-expanded": String(open), disabled: this.phone, click: flip },
      w.legend,
    );
    this.legend.setAttribute("aria-label", w.legend);
    this.legend.replaceChildren(title, ...(open ? this.content.legend() : []));
  }

  private setStop(stop: Stop): void {
    this.stop = stop;
    this.panel.dataset["stop"] = stop;
    this.panel.style.height = "";
    const grip = this.panel.querySelector(".gm-grip");
    const w = words(this.state.now.language);
    grip?.setAttribute("aria-label", stop === "full" ? w.collapse : w.expand);
  }

  private step(): void {
    this.setStop(STOPS[(STOPS.indexOf(this.stop) + 1) % STOPS.length] ?? "peek");
  }

  private drag(grip: HTMLElement): void {
    let from = 0;
    let height = 0;
    let moved = false;
    const move = (event: PointerEvent): void => {
      const now = height + from - event.clientY;
      moved ||= Math.abs(event.clientY - from) > 6;
      this.panel.style.height = `${Math.min(Math.max(now, 96), this.root.clientHeight * 0.92)}px`;
    };
    grip.addEventListener("pointerdown", (event) => {
      [from, height, moved] = [event.clientY, this.panel.offsetHeight, false];
      grip.setPointerCapture(event.pointerId);
      grip.addEventListener("pointermove", move);
    });
    grip.addEventListener("pointerup", () => {
      grip.removeEventListener("pointermove", move);
      if (moved) this.setStop(nearestStop(this.panel.offsetHeight, this.root.clientHeight));
      else this.panel.style.height = "";
    });
    // A drag ends in a click as well; only a tap steps.
    grip.addEventListener("click", (event) => { if (moved) event.stopImmediatePropagation(); }, { capture: true });
  }
}
