// Names, signs and facility badges above the map: which ones a view could show, and how they are painted.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { MapDocument } from "./document";
import { statusOf } from "./figures";
import { place, type Box, type Label } from "./labels";
import type { Place, Scene } from "./scene";
import type { Choices } from "./state";
import { facilityLook, figure, shortName } from "./text";
import type { Pair, Theme } from "./theme";

type Context = CanvasRenderingContext2D;

export interface Mark extends Label {
  lines: string[];
  size: number;
  weight: number;
  colour: Pair;
  /** Row of the facility whose badge this is. */
  facility?: number;
  /** Characters stand upright below each other. */
  stacked?: boolean;
}

const LEADING = 1.25;
const ink = tokens.ui.text;

/** Kinds that stand in so few places that their badges show from afar. */
export function rareKinds(kinds: readonly string[], most = 5): Set<string> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return new Set([...counts].filter(([, n]) => n <= most).map(([kind]) => kind));
}

/** A street's name lies along the street; on a steep one CJK characters stand below each other, as on local maps. */
export function streetLayout(name: string, angle: number): { angle: number; stacked: boolean } {
  const turned = Math.atan(Math.tan(angle));
  const steep = Math.abs(turned) > (55 * Math.PI) / 180;
  const stacked = steep && /^[\u3400-\u9fff\d]+$/.test(name);
  if (!stacked) return { angle: turned, stacked };
  return { angle: turned > 0 ? turned - Math.PI / 2 : turned + Math.PI / 2, stacked };
}

export class Overlay {
  private readonly widths = new Map<string, number>();
  private readonly rare: Set<string>;
  /** Badges of the last paint, in canvas pixels relative to the seen corner. */
  badges: { x: number; y: number; facility: number }[] = [];

  constructor(
    private readonly map: MapDocument,
    private readonly scene: Scene,
    private readonly theme: Theme,
    private readonly family: string,
  ) {
    this.rare = rareKinds(map.facilities.kind);
  }

  paint(context: Context, view: View, choices: Choices): void {
    const [left, top, right, bottom] = view.seen;
    const box: Box = { left: left - 80, top: top - 80, right: right + 80, bottom: bottom + 80 };
    const marks = place(this.candidates(context, view, choices), box);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const mark of marks.reverse()) this.draw(context, mark);
    this.badges = marks.flatMap(({ x, y, facility }) =>
      facility === undefined ? [] : [{ x: x - left, y: y - top, facility }],
    );
  }

  private font(size: number, weight: number): string {
    return `${weight} ${size}px ${this.family}`;
  }

  private measure(context: Context, text: string, size: number, weight: number): number {
    const key = `${size}/${weight}/${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      context.font = this.font(size, weight);
      width = context.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }

  private text(
    context: Context,
    view: View,
    at: Place,
    lines: string[],
    style: { rank: number; size: number; weight: number; colour: Pair; roomy?: boolean },
  ): Mark {
    const width = Math.max(...lines.map((line) => this.measure(context, line, style.size, style.weight)));
    const { rank, size, weight, colour } = style;
    const spot = { x: at.x * view.scale + view.dx, y: at.y * view.scale + view.dy };
    const mark: Mark = { rank, ...spot, width, height: lines.length * size * LEADING, lines, size, weight, colour };
    return style.roomy ? mark : { ...mark, room: at.room * view.perMetre };
  }

  private candidates(context: Context, view: View, choices: Choices): Mark[] {
    const { zoom } = view;
    const { shown } = choices;
    const marks: Mark[] = this.facilities(view, shown);
    if (!shown.has("labels")) return marks;
    if (zoom < 14.25 && shown.has("subdistricts")) {
      const style = { rank: 0, size: 16, weight: 600, colour: ink, roomy: true };
      for (const at of this.scene.subdistricts) marks.push(this.text(context, view, at, [at.name], style));
    }
    if (zoom >= 12.75 && zoom < 17 && shown.has("communities")) {
      const style = { rank: 10, size: 13, weight: 600, colour: ink, roomy: zoom >= 13.75 };
      for (const at of this.scene.communities) marks.push(this.text(context, view, at, [at.name], style));
    }
    if (shown.has("grids")) marks.push(...this.grids(context, view, choices));
    if (zoom >= 16.25 && shown.has("compounds")) {
      const style = { rank: 60, size: 11, weight: 400, colour: tokens.base.name, roomy: zoom >= 17 };
      const named = this.scene.compoundPlaces.filter((at) => at.name !== "");
      marks.push(...named.map((at) => this.text(context, view, at, [at.name], style)));
    }
    if (zoom >= 14.5) marks.push(...this.streets(context, view));
    return marks;
  }

  private grids(context: Context, view: View, choices: Choices): Mark[] {
    const grids = this.map.plans[choices.plan]?.grids;
    const places = this.scene.plans[choices.plan]?.places;
    if (!grids || !places) return [];
    const { zoom } = view;
    return places.flatMap((at, row) => {
      const status = statusOf(grids, row);
      const name = shortName(grids, row, choices.language);
      const { sign } = tokens.status[status];
      const style = { rank: 30, size: 12, weight: 500, colour: ink };
      if (status === "special") {
        const named = { ...style, rank: 25, weight: 600, roomy: true };
        if (zoom < 14) return [];
        const half = Math.ceil(name.length / 2);
        const folded = [name.slice(0, half), name.slice(half)];
        const lines = name.length > 4 && /^[\u3400-\u9fff]+$/.test(name) ? [[name], folded] : [[name]];
        return lines.map((each, turn) => this.text(context, view, at, each, { ...named, rank: named.rank + turn }));
      }
      if (zoom < 15) {
        return status === "in_range" || zoom < 13.25 ? [] : [this.text(context, view, at, [sign], style)];
      }
      const value = `${sign} ${figure(grids.households[row], choices.language)}`;
      const full = this.text(context, view, at, [name, value], style);
      // In a narrow grid the sign and figure matter more than the name.
      const brief = this.text(context, view, at, [zoom >= 15.75 ? value : sign], { ...style, rank: 31 });
      return zoom >= 15.75 ? [full, brief] : [this.text(context, view, at, [name], style), brief];
    });
  }

  private streets(context: Context, view: View): Mark[] {
    return this.scene.streetNames.flatMap((street) => {
      const { angle, stacked } = streetLayout(street.name, street.angle);
      const size = street.rank === 0 ? 12 : 11;
      const along = stacked ? street.name.length * size * 1.3 : this.measure(context, street.name, size, 400) * 1.1;
      if (along > street.length * view.perMetre || (street.rank > 1 && view.zoom < 16)) return [];
      const [x, y] = [street.x * view.scale + view.dx, street.y * view.scale + view.dy];
      const [width, height] = stacked ? [size * 1.2, along] : [along, size * LEADING];
      const look = { lines: [street.name], size, weight: 400, colour: tokens.base.name, angle, stacked };
      return [{ rank: 40 + street.rank, x, y, width, height, ...look }];
    });
  }

  private facilities(view: View, shown: ReadonlySet<string>): Mark[] {
    const { kind } = this.map.facilities;
    return this.scene.facilities.flatMap((at, facility) => {
      const own = kind[facility] ?? "other";
      const rare = this.rare.has(own);
      if (!shown.has(`facility:${own}`) || (view.zoom < 15 && !rare)) return [];
      const size = view.zoom >= 16 ? 20 : 17;
      const [x, y] = [at.x * view.scale + view.dx, at.y * view.scale + view.dy];
      const look = { lines: [facilityLook(own).glyph], size, weight: 500, colour: tokens.ui.facility };
      return [{ rank: rare ? 5 : 35, x, y, width: size, height: size, ...look, facility }];
    });
  }

  private draw(context: Context, mark: Mark): void {
    const { theme } = this;
    context.save();
    context.translate(mark.x, mark.y);
    if (mark.facility !== undefined) {
      context.beginPath();
      context.arc(0, 0, mark.size / 2 + 1.5, 0, 2 * Math.PI);
      context.fillStyle = theme.of(tokens.base.halo);
      context.fill();
      context.beginPath();
      context.arc(0, 0, mark.size / 2, 0, 2 * Math.PI);
      context.fillStyle = theme.of(mark.colour);
      context.fill();
      context.fillStyle = theme.of(tokens.ui.facility_text);
      context.font = this.font(Math.round(mark.size * 0.6), 500);
      context.fillText(mark.lines[0] ?? "", 0, 0.5);
      context.restore();
      return;
    }
    context.rotate(mark.angle ?? 0);
    context.font = this.font(mark.size, mark.weight);
    const lines = mark.stacked ? Array.from(mark.lines[0] ?? "") : mark.lines;
    const step = mark.stacked ? mark.size * 1.3 : mark.size * LEADING;
    context.strokeStyle = theme.of(tokens.base.halo);
    context.lineWidth = 3;
    context.globalAlpha = 0.85;
    lines.forEach((line, index) => {
      context.strokeText(line, 0, (index - (lines.length - 1) / 2) * step);
    });
    context.globalAlpha = 1;
    context.fillStyle = theme.of(mark.colour);
    lines.forEach((line, index) => {
      context.fillText(line, 0, (index - (lines.length - 1) / 2) * step);
    });
    context.restore();
  }
}
