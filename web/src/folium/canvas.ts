// A canvas that covers the view with a margin, follows pans and zooms by itself and asks to be painted afterwards.

import * as L from "leaflet";

import { pixelsPerMetre, type Local } from "./mercator";

export interface View {
  zoom: number;
  /** World pixels → canvas pixels: x · scale + dx. */
  scale: number;
  dx: number;
  dy: number;
  width: number;
  height: number;
  /** Canvas (CSS) pixels a metre. */
  perMetre: number;
  ratio: number;
  /** The part of the canvas that the reader sees: left, top, right, bottom. */
  seen: [number, number, number, number];
}

export type Paint = (context: CanvasRenderingContext2D, view: View) => void;

const MARGIN = 0.2;

// What Leaflet's own renderers use to follow an animated zoom; not part of its public types.
interface AnimatedMap {
  _latLngToNewLayerPoint(at: L.LatLng, zoom: number, center: L.LatLng): L.Point;
}

export class ViewportCanvas extends L.Layer {
  private readonly canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
  private corner = L.latLng(0, 0);
  private zoom = 0;
  private waiting = 0;
  private host: L.Map | undefined;

  constructor(
    private readonly pane: string,
    private readonly local: Local,
    private readonly paint: Paint,
  ) {
    super();
    this.canvas.setAttribute("aria-hidden", "true");
  }

  override onAdd(map: L.Map): this {
    this.host = map;
    map.getPane(this.pane)?.append(this.canvas);
    this.draw();
    return this;
  }

  override onRemove(): this {
    this.canvas.remove();
    cancelAnimationFrame(this.waiting);
    this.host = undefined;
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      moveend: () => {
        this.draw();
      },
      resize: () => {
        this.draw();
      },
      zoomanim: (event) => {
        const { center, zoom } = event as L.ZoomAnimEvent;
        if (!this.host) return;
        const at = (this.host as unknown as AnimatedMap)._latLngToNewLayerPoint(this.corner, zoom, center);
        L.DomUtil.setTransform(this.canvas, at, this.host.getZoomScale(zoom, this.zoom));
      },
    };
  }

  /** Paint at the next frame; calls in between count once. */
  refresh(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => {
      this.draw();
    });
  }

  private draw(): void {
    const map = this.host;
    const context = this.canvas.getContext("2d");
    if (!map || !context) return;
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint(size.multiplyBy(-MARGIN)).round();
    const [width, height] = [Math.ceil(size.x * (1 + 2 * MARGIN)), Math.ceil(size.y * (1 + 2 * MARGIN))];
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.zoom = map.getZoom();
    this.corner = map.layerPointToLatLng(corner);
    L.DomUtil.setTransform(this.canvas, corner, 1);
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const scale = 2 ** this.zoom;
    const shift = map.getPixelOrigin().add(corner);
    const left = Math.round(size.x * MARGIN);
    const top = Math.round(size.y * MARGIN);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.paint(context, {
      zoom: this.zoom,
      scale,
      dx: this.local.x * scale - shift.x,
      dy: this.local.y * scale - shift.y,
      width,
      height,
      perMetre: pixelsPerMetre(this.zoom, map.getCenter().lat),
      ratio,
      seen: [left, top, left + size.x, top + size.y],
    });
  }
}
