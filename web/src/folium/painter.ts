// Paints the city and a plan: quiet base map, grids by status, boundaries.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { MapDocument, Status } from "./document";
import { depth, statusOf } from "./figures";
import type { PlanScene, Scene } from "./scene";
import type { Choices } from "./state";
import type { Pair, Theme } from "./theme";

type Context = CanvasRenderingContext2D;

const CLASSES = ["path", "lane", "local", "collector", "arterial"] as const;

function classOf(kind: string): (typeof CLASSES)[number] {
  return CLASSES.find((known) => known === kind) ?? "local";
}

/** Diagonal lines in canvas pixels, whatever the transform they are drawn under. */
function hatch(context: Context, colour: string, view: View): CanvasPattern | string {
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

export class Painter {
  constructor(
    private readonly map: MapDocument,
    private readonly scene: Scene,
    private readonly theme: Theme,
  ) {}

  paint(context: Context, view: View, choices: Choices): void {
    context.save();
    context.transform(view.scale, 0, 0, view.scale, view.dx, view.dy);
    context.lineJoin = "round";
    context.lineCap = "round";
    this.ground(context, view, choices);
    const plan = this.scene.plans[choices.plan];
    if (plan) {
      if (choices.shown.has("grids")) this.grids(context, view, plan, choices.plan);
      this.boundaries(context, view, plan, choices);
    }
    context.restore();
  }

  /** Outline the selected and the hovered grid. */
  focus(context: Context, view: View, choices: Choices): void {
    context.save();
    context.transform(view.scale, 0, 0, view.scale, view.dx, view.dy);
    context.lineJoin = "round";
    const plan = this.scene.plans[choices.plan];
    for (const [row, width] of [
      [choices.hovered, 2.5],
      [choices.selected, 4],
    ] as const) {
      const shape = plan?.grids[row];
      if (!shape) continue;
      this.stroke(context, view, shape.path, tokens.base.halo, width + 3);
      this.stroke(context, view, shape.path, tokens.ui.focus, width);
    }
    context.restore();
  }

  private stroke(context: Context, view: View, path: Path2D, colour: Pair, width: number, dash: number[] = []): void {
    context.strokeStyle = this.theme.of(colour);
    context.lineWidth = width / view.scale;
    context.setLineDash(dash.map((part) => part / view.scale));
    context.stroke(path);
    context.setLineDash([]);
  }

  private ground(context: Context, view: View, choices: Choices): void {
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

  private grids(context: Context, view: View, plan: PlanScene, index: number): void {
    const grids = this.map.plans[index]?.grids;
    if (!grids) return;
    const { theme } = this;
    // On paper-like ground colours multiply, so that streets and buildings stay readable below them.
    if (!theme.dark) context.globalCompositeOperation = "multiply";
    const colour = (status: Status): string => theme.of(tokens.status[status]);
    context.fillStyle = hatch(context, colour("unknown"), view);
    context.globalAlpha = 0.75;
    for (const row of this.map.plans[index]?.bare ?? []) {
      const shape = this.scene.communityShapes[row];
      if (shape) context.fill(shape.path, "evenodd");
    }
    plan.grids.forEach((shape, row) => {
      const status = statusOf(grids, row);
      const hatched = status === "special" || status === "unknown";
      context.fillStyle = hatched ? hatch(context, colour(status), view) : colour(status);
      const far = status === "under" || status === "over" ? depth(grids.distance[row], this.map.window) : 0.5;
      // Dark ground shows through less: what is in range steps back further.
      const calm = theme.dark && status === "in_range" ? 0.6 : 1;
      context.globalAlpha = hatched ? 0.75 : calm * (tokens.grid.fill_opacity + 0.5 * (far - 0.5));
      context.fill(shape.path, "evenodd");
    });
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
  }

  private boundaries(context: Context, view: View, plan: PlanScene, choices: Choices): void {
    const { grid } = tokens;
    // The widths of the tokens are for zoom 16; a whole city needs finer lines.
    const fine = Math.min(1, Math.max(0.4, 0.4 + (view.zoom - 13) * 0.2));
    if (choices.shown.has("compounds") && view.zoom >= 14.5) {
      this.stroke(context, view, this.scene.compoundPath, tokens.compound.outline, 1, [4, 3]);
      this.stroke(context, view, this.scene.renovationPath, tokens.compound.renovation, 1.6, [4, 3]);
    }
    if (choices.shown.has("grids")) {
      context.globalAlpha = 0.75;
      this.stroke(context, view, plan.outline, grid.boundary, grid.grid_px * fine);
      context.globalAlpha = 1;
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
