// Scan the code of a grid's poster with the camera.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { say } from "../../words/words";
import { gridOf } from "./poster";
import { scan } from "./scan";
import { choose, panel } from "./state";
import { words } from "./words";

const said = signal<"camera" | "nocamera" | "strange">("camera");

/** Where the grids are, by code: set by whoever has the plan. */
export const gridPoints = signal<ReadonlyMap<string, readonly [number, number]>>(new Map());

function taken(text: string): boolean {
  const points = gridPoints.value;
  const code = gridOf(text, new Set(points.keys()));
  const point = code === null ? undefined : points.get(code);
  if (point === undefined) {
    said.value = "strange";
    return false;
  }
  choose(point[0], point[1], "poster");
  return true;
}

export function Scanner() {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    let stop: (() => void) | null = null;
    let gone = false;
    said.value = "camera";
    if (video.current !== null) {
      scan(video.current, taken).then(
        (made) => {
          stop = made;
          if (gone) made();
        },
        () => (said.value = "nocamera"),
      );
    }
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
  return (
    <div class="staff-scanner">
      <video ref={video} muted playsInline aria-label={say(words.camera)} hidden={said.value === "nocamera"} />
      <p class="staff-quiet" role="status">{say(words[said.value])}</p>
      <button type="button" class="staff-button" onClick={() => (panel.value = "none")}>{say(words.cancel)}</button>
    </div>
  );
}
