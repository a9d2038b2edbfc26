// Names and signs of a plan's grids, beside what stands on every map.

import { tokens } from "../tokens";
import type { View } from "./canvas";
import type { MapDocument } from "./document";
import { statusOf } from "./figures";
import { ink, Lettering, type Mark } from "./lettering";
import type { Scene } from "./scene";
import type { Choices } from "./state";
import { figure, shortName } from "./text";
import type { Theme } from "./theme";

type Context = CanvasRenderingContext2D;

export class Overlay extends Lettering {
  constructor(
    private readonly map: MapDocument,
    private readonly scene: Scene,
    theme: Theme,
    family: string,
  ) {
    super(map, scene, theme, family);
  }

  protected override candidates(context: Context, view: View, choices: Choices): Mark[] {
    const marks = super.candidates(context, view, choices);
    const { shown } = choices;
    if (shown.has("labels") && shown.has("grids")) marks.push(...this.grids(context, view, choices));
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
}
