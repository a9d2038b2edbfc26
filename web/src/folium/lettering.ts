// What stands on every map: names of places and streets, facility badges; which a view could show, and how they look.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { CityDocument } from "./document";
import { place, type Box, type Label } from "./labels";
import type { CityScene, Place, Spot } from "./scene";
import type { Choices } from "./state";
import { facilityLook } from "./text";
import type { Pair, Theme } from "./theme";

type Context = CanvasRenderingContext2D;

/** What a badge stands for: a row of the facilities, or of the items of a topic. */
export type Owner = { facility: number } | { item: number };

export interface Mark extends Label {
  lines: string[];
  size: number;
  weight: number;
  colour: Pair;
  /** Whose badge this is; a mark without is lettering. */
  badge?: Owner;
  /** The colour of a ring around the badge. */
  ring?: Pair;
  /** Characters stand upright below each other. */
  stacked?: boolean;
}

const BADGE_PX = 14;
export const LEADING = 1.25;
export const ink = tokens.ui.text;

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

export class Lettering {
  private readonly widths = new Map<string, number>();
  private readonly rare: Set<string>;
  /** Badges of the last paint, in canvas pixels relative to the seen corner. */
  private badges: { x: number; y: number; owner: Owner }[] = [];

  constructor(
    private readonly city: CityDocument,
    private readonly ground: CityScene,
    protected readonly theme: Theme,
    private readonly family: string,
  ) {
    this.rare = rareKinds(city.facilities.kind);
  }

  paint(context: Context, view: View, choices: Choices): void {
    const [left, top, right, bottom] = view.seen;
    const box: Box = { left: left - 80, top: top - 80, right: right + 80, bottom: bottom + 80 };
    const marks = place(this.candidates(context, view, choices), box);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const mark of marks.reverse()) this.draw(context, mark);
    this.badges = marks.flatMap(({ x, y, badge }) => (badge === undefined ? [] : [{ x: x - left, y: y - top, owner: badge }]));
  }

  /** Whose badge is at a point of the view, if any. */
  at(point: { x: number; y: number }): Owner | undefined {
    return this.badges.find(({ x, y }) => Math.hypot(x - point.x, y - point.y) <= BADGE_PX)?.owner;
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

  protected text(
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

  /** All that a view could show; the best of it is placed. */
  protected candidates(context: Context, view: View, choices: Choices): Mark[] {
    const { zoom } = view;
    const { shown } = choices;
    const marks: Mark[] = this.facilities(view, shown);
    if (!shown.has("labels")) return marks;
    if (zoom < 14.25 && shown.has("subdistricts")) {
      const style = { rank: 0, size: 16, weight: 600, colour: ink, roomy: true };
      for (const at of this.ground.subdistricts) marks.push(this.text(context, view, at, [at.name], style));
    }
    if (zoom >= 12.75 && zoom < 17 && shown.has("communities")) {
      const style = { rank: 10, size: 13, weight: 600, colour: ink, roomy: zoom >= 13.75 };
      for (const at of this.ground.communities) marks.push(this.text(context, view, at, [at.name], style));
    }
    if (zoom >= 16.25 && shown.has("compounds")) {
      const style = { rank: 60, size: 11, weight: 400, colour: tokens.base.name, roomy: zoom >= 17 };
      const named = this.ground.compoundPlaces.filter((at) => at.name !== "");
      marks.push(...named.map((at) => this.text(context, view, at, [at.name], style)));
    }
    if (zoom >= 14.5) marks.push(...this.streets(context, view));
    return marks;
  }

  private streets(context: Context, view: View): Mark[] {
    return this.ground.streetNames.flatMap((street) => {
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
    const { kind } = this.city.facilities;
    return this.ground.facilities.flatMap((at, facility) => {
      const own = kind[facility] ?? "other";
      const rare = this.rare.has(own);
      if (!shown.has(`facility:${own}`) || (view.zoom < 15 && !rare)) return [];
      return [this.badge(view, at, facilityLook(own).glyph, { facility }, rare ? 5 : 35)];
    });
  }

  /** A round badge with a glyph at a spot. */
  protected badge(view: View, at: Spot, glyph: string, owner: Owner, rank: number, colour: Pair = tokens.ui.facility): Mark {
    const size = view.zoom >= 16 ? 20 : 17;
    const [x, y] = [at.x * view.scale + view.dx, at.y * view.scale + view.dy];
    return { rank, x, y, width: size, height: size, lines: [glyph], size, weight: 500, colour, badge: owner };
  }

  private draw(context: Context, mark: Mark): void {
    const { theme } = this;
    context.save();
    context.translate(mark.x, mark.y);
    if (mark.badge !== undefined) {
      context.beginPath();
      context.arc(0, 0, mark.size / 2 + (mark.ring ? 3 : 1.5), 0, 2 * Math.PI);
      context.fillStyle = theme.of(mark.ring ?? tokens.base.halo);
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
