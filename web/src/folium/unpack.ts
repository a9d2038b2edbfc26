// Reads the packed coordinates of `gridmap.maps.pack`: zigzag varints in base 64, deltas of 1e-6 degrees, one running cursor.

export type Point = readonly [lon: number, lat: number];
export type Line = Point[];
export type Rings = Line[];
export type MultiPolygon = Rings[];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE = new Map(Array.from(ALPHABET, (char, index) => [char.charCodeAt(0), index]));
const UNIT = 1e-6;

/** Reads integers and points from a packed text. Throws RangeError when the text is cut short or holds a foreign sign. */
export class Unpacker {
  private at = 0;
  private x = 0;
  private y = 0;

  constructor(
    private readonly text: string,
    private readonly origin: Point,
  ) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }

  integer(): number {
    let value = 0;
    let weight = 1;
    for (;;) {
      const digit = VALUE.get(this.text.charCodeAt(this.at));
      if (digit === undefined) throw new RangeError(`packed coordinates are broken at ${this.at}`);
      this.at += 1;
      value += (digit & 31) * weight;
      if (digit < 32) break;
      weight *= 32;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  point(): Point {
    this.x += this.integer();
    this.y += this.integer();
    return [this.origin[0] + this.x * UNIT, this.origin[1] + this.y * UNIT];
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.integer() }, read);
  }

  line(): Line {
    return this.list(() => this.point());
  }
}

function all<T>(text: string, origin: Point, read: (from: Unpacker) => T): T[] {
  const from = new Unpacker(text, origin);
  const out: T[] = [];
  while (!from.done) out.push(read(from));
  return out;
}

export function unpackPoints(text: string, origin: Point): Point[] {
  return all(text, origin, (from) => from.point());
}

/** One list of lines a feature. */
export function unpackLines(text: string, origin: Point): Line[][] {
  return all(text, origin, (from) => from.list(() => from.line()));
}

/** One list of polygons a feature; rings are not closed. */
export function unpackPolygons(text: string, origin: Point): MultiPolygon[] {
  return all(text, origin, (from) => from.list(() => from.list(() => from.line())));
}

/** Whether a point lies in a polygon, by the even-odd rule over all rings. */
export function contains(polygons: MultiPolygon, [x, y]: Point): boolean {
  let inside = false;
  for (const ring of polygons.flat()) {
    let previous = ring.at(-1);
    for (const here of ring) {
      if (previous && here[1] > y !== previous[1] > y) {
        const cut = here[0] + ((y - here[1]) / (previous[1] - here[1])) * (previous[0] - here[0]);
        if (x < cut) inside = !inside;
      }
      previous = here;
    }
  }
  return inside;
}
