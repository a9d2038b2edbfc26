// Paints the city below every answer: a quiet base map of streets, water and buildings.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { CityScene } from "./scene";
import type { Choices } from "./state";
import type { Pair, Theme } from "./theme";

type Context = CanvasRenderingContext2D;

const CLASSES = ["path", "lane", "local", "collector", "arterial"] as const;

function classOf(kind: string): (typeof CLASSES)[number] {
  return CLASSES.find((known) => known === kind) ?? "local";
}

/** Diagonal lines in canvas pixels, whatever the transform they are drawn under. */
export function hatch(context: Context, colour: string, view: View): CanvasPattern | string {
  const size = 8 * view.ratio;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6 * view.ratio;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, "repeat");
  if (!pattern) return colour;
  pattern.setTransform(new DOMMatrix().scale(1 / (view.scale * view.ratio)));
  return pattern;
}

/** The widths of the tokens are for zoom 16; a whole city needs finer lines. */
export function fineness(view: View): number {
  return Math.min(1, Math.max(0.4, 0.4 + (view.zoom - 13) * 0.2));
}

export class Ground {
  constructor(
    private readonly scene: CityScene,
    private readonly theme: Theme,
  ) {}

  stroke(context: Context, view: View, path: Path2D, colour: Pair, width: number, dash: number[] = []): void {
    context.strokeStyle = this.theme.of(colour);
    context.lineWidth = width / view.scale;
    context.setLineDash(dash.map((part) => part / view.scale));
    context.stroke(path);
    context.setLineDash([]);
  }

  paint(context: Context, view: View, choices: Choices): void {
    const { scene, theme } = this;
    context.fillStyle = theme.of(tokens.base.green);
    context.fill(scene.green);
    context.fillStyle = theme.of(tokens.base.water);
    context.fill(scene.water);
    const zoom = 2 ** ((view.zoom - 16) * 0.75);
    const streets = [...scene.streets].sort(([a], [b]) => CLASSES.indexOf(classOf(a)) - CLASSES.indexOf(classOf(b)));
    const drawn = streets.filter(([kind]) => view.zoom >= { path: 16, lane: 14.5, local: 12.5, collector: 0, arterial: 0 }[classOf(kind)]);
    const width = (kind: string): number => Math.max(0.6, tokens.street_px[classOf(kind)] * zoom);
    for (const [kind, path] of drawn) this.stroke(context, view, path, tokens.base.street_casing, width(kind) + 1.6);
    for (const [kind, path] of drawn) this.stroke(context, view, path, tokens.base.street, width(kind));
    for (const [kind, path] of scene.barriers) this.barrier(context, view, kind, path, zoom);
    if (choices.shown.has("buildings") && view.zoom >= 13) {
      context.fillStyle = theme.of(tokens.base.building);
      context.fill(scene.buildings);
      if (view.zoom >= 16) this.stroke(context, view, scene.buildings, tokens.base.street_casing, 0.8);
    }
  }

  private barrier(context: Context, view: View, kind: string, path: Path2D, zoom: number): void {
    if (kind === "railway") {
      this.stroke(context, view, path, tokens.barrier.railway, Math.max(1.6, 3.4 * zoom));
      this.stroke(context, view, path, tokens.base.street, Math.max(0.8, 2.2 * zoom), [7, 7]);
    } else if (kind === "expressway") {
      this.stroke(context, view, path, tokens.barrier.expressway, Math.max(2, 8 * zoom));
      this.stroke(context, view, path, tokens.base.street, Math.max(0.8, 5 * zoom));
    } else this.stroke(context, view, path, kind === "river" ? tokens.base.water : tokens.barrier.other, Math.max(2, 9 * zoom));
  }
  /** The outlines of compounds, communities and subdistricts, which stand over what fills the map. */
  borders(context: Context, view: View, choices: Choices): void {
    const { grid } = tokens;
    const fine = fineness(view);
    if (choices.shown.has("compounds") && view.zoom >= 14.5) {
      this.stroke(context, view, this.scene.compoundPath, tokens.compound.outline, 1, [4, 3]);
      this.stroke(context, view, this.scene.renovationPath, tokens.compound.renovation, 1.6, [4, 3]);
    }
    if (choices.shown.has("communities")) {
      this.stroke(context, view, this.scene.communityPath, grid.boundary, grid.community_px * fine);
    }
    if (choices.shown.has("subdistricts")) {
      this.stroke(context, view, this.scene.subdistrictPath, tokens.base.halo, grid.subdistrict_px * fine + 4 * fine);
      this.stroke(context, view, this.scene.subdistrictPath, grid.boundary, grid.subdistrict_px * fine);
    }
  }
}
