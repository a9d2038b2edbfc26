// Paints a plan over the city: grids by status, boundaries.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { MapDocument, Status } from "./document";
import { depth, statusOf } from "./figures";
import { fineness, Ground, hatch } from "./ground";
import type { PlanScene, Scene } from "./scene";
import type { Choices } from "./state";
import type { Theme } from "./theme";

type Context = CanvasRenderingContext2D;

export class Painter {
  private readonly ground: Ground;

  constructor(
    private readonly map: MapDocument,
    private readonly scene: Scene,
    private readonly theme: Theme,
  ) {
    this.ground = new Ground(scene, theme);
  }

  paint(context: Context, view: View, choices: Choices): void {
    context.save();
    context.transform(view.scale, 0, 0, view.scale, view.dx, view.dy);
    context.lineJoin = "round";
    context.lineCap = "round";
    this.ground.paint(context, view, choices);
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
      this.ground.stroke(context, view, shape.path, tokens.base.halo, width + 3);
      this.ground.stroke(context, view, shape.path, tokens.ui.focus, width);
    }
    context.restore();
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
    if (choices.shown.has("grids")) {
      context.globalAlpha = 0.75;
      this.ground.stroke(context, view, plan.outline, tokens.grid.boundary, tokens.grid.grid_px * fineness(view));
      context.globalAlpha = 1;
    }
    this.ground.borders(context, view, choices);
  }
}
