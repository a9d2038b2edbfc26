// A topic's badges, and the signs of its dots once there is room for them, beside what stands on every map.

import { tokens } from "../../tokens";
import type { View } from "../canvas";
import { Lettering, type Mark } from "../lettering";
import type { Choices } from "../state";
import type { Theme } from "../theme";
import type { TopicDocument } from "./document";
import { colourOf, layersOf, type TopicScene } from "./scene";

export class TopicOverlay extends Lettering {
  constructor(
    map: TopicDocument,
    private readonly scene: TopicScene,
    theme: Theme,
  ) {
    super(map, scene, theme, tokens.type.family);
  }

  protected override candidates(context: CanvasRenderingContext2D, view: View, choices: Choices): Mark[] {
    const marks = super.candidates(context, view, choices);
    for (const { document, spots } of layersOf(this.scene, choices.plan, choices.shown)) {
      if (document.geometry !== "badges" || view.zoom < document.min_zoom) continue;
      spots.forEach((spot, feature) => {
        const own = document.classes[document.of[feature] ?? 0];
        if (!own) return;
        const mark = this.badge(view, spot, document.signs[feature] ?? own.sign, { item: document.item[feature] ?? -1 }, feature / spots.length - 1, colourOf(own.colour));
        // What a topic is about is never left out for lack of room: names give way.
        marks.push({ ...mark, kept: true, ...(own.ring ? { ring: colourOf(own.ring) } : {}) });
      });
    }
    return marks;
  }
}
