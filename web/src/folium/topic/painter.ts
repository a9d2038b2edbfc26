// Paints a topic over the city: what is filled below boundaries, dots above them.

import { tokens } from "../../tokens";
import type { View } from "../canvas";
import { fineness, Ground, hatch } from "../ground";
import type { Choices } from "../state";
import type { Theme } from "../theme";
import { colourOf, layersOf, type TopicLayer, type TopicScene } from "./scene";

type Context = CanvasRenderingContext2D;

/** Radius of a dot at a zoom: dots grow more slowly than the map where streets can be told apart, and shrink with it where not. */
export function dotRadius(size: number, zoom: number): number {
  const steps = Math.min(Math.max(zoom - 14, -3), 4);
  return Math.max(0.7, size * 2 ** (steps * (steps < 0 ? 0.8 : 0.42)));
}

export class TopicPainter {
  private readonly ground: Ground;

  constructor(
    private readonly scene: TopicScene,
    private readonly theme: Theme,
  ) {
    this.ground = new Ground(scene, theme);
  }

  paint(context: Context, view: View, choices: Choices): void {
    const layers = layersOf(this.scene, choices.plan, choices.shown).filter(({ document }) => view.zoom >= document.min_zoom);
    context.save();
    context.transform(view.scale, 0, 0, view.scale, view.dx, view.dy);
    context.lineJoin = "round";
    context.lineCap = "round";
    this.ground.paint(context, view, choices);
    for (const layer of layers) if (layer.document.geometry === "polygons") this.areas(context, view, layer);
    for (const layer of layers) if (layer.document.geometry === "lines") this.lines(context, view, layer);
    this.ground.borders(context, view, choices);
    context.restore();
    for (const layer of layers) if (layer.document.geometry === "dots") this.dots(context, view, layer);
  }

  private areas(context: Context, view: View, { document, paths }: TopicLayer): void {
    document.classes.forEach((each, index) => {
      const path = paths[index];
      if (!path) return;
      const pair = colourOf(each.colour);
      if (each.alpha > 0) {
        // On paper-like ground colours multiply, so that streets and buildings stay readable below them.
        if (!this.theme.dark) context.globalCompositeOperation = "multiply";
        context.globalAlpha = each.alpha;
        context.fillStyle = each.hatched ? hatch(context, this.theme.of(pair), view) : this.theme.of(pair);
        context.fill(path, "evenodd");
        context.globalCompositeOperation = "source-over";
        context.globalAlpha = 1;
      }
      if (document.width > 0) {
        const edge = each.alpha > 0 ? tokens.grid.boundary : pair;
        context.globalAlpha = each.alpha > 0 ? 0.6 : 1;
        this.ground.stroke(context, view, path, edge, document.width * fineness(view));
        context.globalAlpha = 1;
      }
    });
  }

  private lines(context: Context, view: View, { document, paths }: TopicLayer): void {
    const width = Math.max(0.8, document.width * 2 ** ((view.zoom - 16) * 0.75));
    // What is said first, such as the nearest, lies on top.
    [...document.classes].reverse().forEach((each, turn) => {
      const path = paths[document.classes.length - 1 - turn];
      if (path) this.ground.stroke(context, view, path, colourOf(each.colour), width);
    });
  }

  private dots(context: Context, view: View, { document, spots }: TopicLayer): void {
    const colours = document.classes.map((each) => this.theme.of(colourOf(each.colour)));
    const rings = document.classes.map((each) => (each.ring ? this.theme.of(colourOf(each.ring)) : undefined));
    const halo = this.theme.of(tokens.base.halo);
    spots.forEach((spot, feature) => {
      const [x, y] = [spot.x * view.scale + view.dx, spot.y * view.scale + view.dy];
      if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) return;
      const radius = dotRadius(document.size[feature] ?? 4, view.zoom);
      const own = document.of[feature] ?? 0;
      const ring = rings[own];
      if (ring || radius >= 2.5) this.disc(context, x, y, radius + (ring ? 2 : 1), ring ?? halo);
      this.disc(context, x, y, radius, colours[own] ?? halo);
    });
  }

  private disc(context: Context, x: number, y: number, radius: number, colour: string): void {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }

  /** Outline or ring the item that is pointed at and the one that is selected. */
  focus(context: Context, view: View, choices: Choices): void {
    for (const [item, width] of [
      [choices.hovered, 2.5],
      [choices.selected, 4],
    ] as const) {
      const spot = this.scene.items[item];
      if (!spot) continue;
      const shape = this.scene.outlines.get(item);
      context.save();
      if (shape) {
        context.transform(view.scale, 0, 0, view.scale, view.dx, view.dy);
        context.lineJoin = "round";
        this.ground.stroke(context, view, shape.path, tokens.base.halo, width + 3);
        this.ground.stroke(context, view, shape.path, tokens.ui.focus, width);
      } else this.ring(context, spot.x * view.scale + view.dx, spot.y * view.scale + view.dy, width);
      context.restore();
    }
  }

  private ring(context: Context, x: number, y: number, width: number): void {
    for (const [pair, wide] of [
      [tokens.base.halo, width + 3],
      [tokens.ui.focus, width],
    ] as const) {
      context.beginPath();
      context.arc(x, y, 15, 0, 2 * Math.PI);
      context.strokeStyle = this.theme.of(pair);
      context.lineWidth = wide;
      context.stroke();
    }
  }
}
