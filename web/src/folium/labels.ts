// Which labels a view shows: greedy by rank, none over another, each inside the room it was given. No canvas here.

export interface Label {
  /** Smaller is placed first. */
  rank: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Radius in pixels of the largest circle around (x, y) inside the labelled area; undefined: no limit. */
  room?: number;
  /** Radians clockwise from the x axis. */
  angle?: number;
  /** Stands whatever it covers. */
  kept?: boolean;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export function boxOf(label: Label, margin = 0): Box {
  const cos = Math.abs(Math.cos(label.angle ?? 0));
  const sin = Math.abs(Math.sin(label.angle ?? 0));
  const halfX = (label.width * cos + label.height * sin) / 2 + margin;
  const halfY = (label.width * sin + label.height * cos) / 2 + margin;
  return { left: label.x - halfX, top: label.y - halfY, right: label.x + halfX, bottom: label.y + halfY };
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Whether a label stays in its area: its corners may leave the inscribed circle by a tenth. */
export function fits(label: Label): boolean {
  if (label.room === undefined) return true;
  return Math.hypot(label.width / 2, label.height / 2) <= label.room * 1.1;
}

const CELL = 64;

/** Choose labels within the view, in drawing order. */
export function place<T extends Label>(labels: readonly T[], view: Box, margin = 3): T[] {
  const taken = new Map<string, Box[]>();
  const cells = function* (box: Box): Generator<string> {
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x += 1)
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y += 1) yield `${x},${y}`;
  };
  const chosen: T[] = [];
  for (const label of [...labels].sort((a, b) => a.rank - b.rank)) {
    const box = boxOf(label, margin);
    if (!overlap(box, view) || !fits(label)) continue;
    const keys = [...cells(box)];
    if (!label.kept && keys.some((key) => taken.get(key)?.some((other) => overlap(box, other)))) continue;
    for (const key of keys) {
      const list = taken.get(key);
      if (list) list.push(box);
      else taken.set(key, [box]);
    }
    chosen.push(label);
  }
  return chosen;
}
