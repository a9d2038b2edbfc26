/** Which cells a pointer, a brush, a lasso or a line means. Places are longitude and latitude. */

import { E7, get, type Fabric } from "./fabric";
import type { PlanModel } from "./model";

export type Place = readonly [number, number];

const M_PER_DEGREE = 111_320;

/** A raster over the cells, so that a question costs the cells near by. */
export class Picker {
  private readonly west: number;
  private readonly south: number;
  private readonly step: number;
  private readonly across: number;
  private readonly up: number;
  private readonly boxes = new Map<number, number[]>();
  private readonly narrow: number;

  constructor(private readonly fabric: Fabric) {
    const [west, east] = range(fabric.cornerX);
    const [south, north] = range(fabric.cornerY);
    const wide = Math.max(east - west, north - south, 1);
    this.step = wide / Math.max(1, Math.min(256, Math.ceil(Math.sqrt(fabric.size))));
    [this.west, this.south] = [west, south];
    this.across = Math.floor((east - west) / this.step) + 1;
    this.up = Math.floor((north - south) / this.step) + 1;
    this.narrow = Math.cos(((south + north) / 2 / E7) * (Math.PI / 180));
    this.fill();
  }

  /** West, south, east and north of all cells, in degrees. */
  get bounds(): [number, number, number, number] {
    const [east, north] = [this.west + this.across * this.step, this.south + this.up * this.step];
    return [this.west / E7, this.south / E7, east / E7, north / E7];
  }

  /** The cell at a place, -1 outside all. */
  at([lon, lat]: Place): number {
    const [x, y] = [lon * E7, lat * E7];
    for (const ring of this.boxes.get(this.box(x, y)) ?? []) {
      if (this.inside(ring, x, y)) return get(this.fabric.ringCell, ring);
    }
    return -1;
  }

  /** The cell at a place and those whose building is within so many metres of it. */
  near(place: Place, metres: number): number[] {
    const own = this.at(place);
    const found = this.within(place, metres).filter((cell) => this.far(place, cell) <= metres);
    return own >= 0 && !found.includes(own) ? [own, ...found] : found;
  }

  /** The cells whose building lies within a drawn outline. */
  lasso(outline: readonly Place[]): number[] {
    const found: number[] = [];
    for (let cell = 0; cell < this.fabric.size; cell += 1) {
      if (encloses(outline, get(this.fabric.x, cell), get(this.fabric.y, cell))) found.push(cell);
    }
    return found;
  }

  private far([lon, lat]: Place, cell: number): number {
    const x = (get(this.fabric.x, cell) - lon) * this.narrow;
    return Math.hypot(x, get(this.fabric.y, cell) - lat) * M_PER_DEGREE;
  }

  private within([lon, lat]: Place, metres: number): number[] {
    const [x, y] = [lon * E7, lat * E7];
    const reach = (metres / M_PER_DEGREE) * E7;
    const wide = reach / this.narrow;
    const found = new Set<number>();
    for (let down = y - reach; down <= y + reach + this.step; down += this.step) {
      for (let left = x - wide; left <= x + wide + this.step; left += this.step) {
        for (const ring of this.boxes.get(this.box(left, down)) ?? []) found.add(get(this.fabric.ringCell, ring));
      }
    }
    return [...found];
  }

  private box(x: number, y: number): number {
    const [column, row] = [Math.floor((x - this.west) / this.step), Math.floor((y - this.south) / this.step)];
    if (column < 0 || row < 0 || column >= this.across || row >= this.up) return -1;
    return row * this.across + column;
  }

  private fill(): void {
    const { ringStart, cornerX, cornerY } = this.fabric;
    for (let ring = 0; ring + 1 < ringStart.length; ring += 1) {
      const [from, to] = [get(ringStart, ring), get(ringStart, ring + 1)];
      const [west, east] = range(cornerX.subarray(from, to));
      const [south, north] = range(cornerY.subarray(from, to));
      const [first, last] = [this.box(west, south), this.box(east, north)];
      for (let row = Math.floor(first / this.across); row <= Math.floor(last / this.across); row += 1) {
        for (let column = first % this.across; column <= last % this.across; column += 1) {
          const box = row * this.across + column;
          const held = this.boxes.get(box);
          if (held) held.push(ring);
          else this.boxes.set(box, [ring]);
        }
      }
    }
  }

  private inside(ring: number, x: number, y: number): boolean {
    const { ringStart, cornerX, cornerY } = this.fabric;
    const [from, to] = [get(ringStart, ring), get(ringStart, ring + 1)];
    let within = false;
    for (let at = from, last = to - 1; at < to; last = at, at += 1) {
      const [y1, y2] = [get(cornerY, at), get(cornerY, last)];
      if (y1 > y === y2 > y) continue;
      const [x1, x2] = [get(cornerX, at), get(cornerX, last)];
      if (x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) within = !within;
    }
    return within;
  }
}

/** The cells of a grid to the left of a drawn line, which is thought to go on straight at both ends. */
export function leftOf(model: PlanModel, slot: number, line: readonly Place[]): number[] {
  const { x, y } = model.fabric;
  return model.cells(slot).filter((cell) => side(line, get(x, cell), get(y, cell)) > 0);
}

function side(line: readonly Place[], x: number, y: number): number {
  let [best, sign] = [Infinity, 0];
  for (let at = 0; at + 1 < line.length; at += 1) {
    const [one, two] = [line[at], line[at + 1]];
    if (!one || !two) continue;
    const [dx, dy] = [two[0] - one[0], two[1] - one[1]];
    const long = dx * dx + dy * dy;
    if (!long) continue;
    const along = ((x - one[0]) * dx + (y - one[1]) * dy) / long;
    const held = Math.min(Math.max(along, at === 0 ? -Infinity : 0), at + 2 === line.length ? Infinity : 1);
    const far = Math.hypot(x - one[0] - held * dx, y - one[1] - held * dy);
    if (far < best) [best, sign] = [far, dx * (y - one[1]) - dy * (x - one[0])];
  }
  return sign;
}

function encloses(outline: readonly Place[], x: number, y: number): boolean {
  let within = false;
  for (let at = 0, last = outline.length - 1; at < outline.length; last = at, at += 1) {
    const [one, two] = [outline[at], outline[last]];
    if (!one || !two || one[1] > y === two[1] > y) continue;
    if (x < one[0] + ((y - one[1]) / (two[1] - one[1])) * (two[0] - one[0])) within = !within;
  }
  return within;
}

function range(values: Int32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
