import type { Annotation } from '@/lib/contracts/annotation';

/** In pixels of the slide's full resolution, x right, y down. */
export type Point = readonly [x: number, y: number];
/** Open: the last point is not the first. */
export type Ring = readonly Point[];
/** Polygons of an outer ring and holes, none of which touches another, as in GeoJSON. */
export type Polygons = Annotation['polygons'];
export type Box = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };

/** Stored positions are multiples of this part of a pixel: far finer than anybody draws, and short in a file. */
const PER_PIXEL = 100;

export const roundTo = (value: number): number => Math.round(value * PER_PIXEL) / PER_PIXEL;
export const distance = ([ax, ay]: Point, [bx, by]: Point): number => Math.hypot(ax - bx, ay - by);

/** The polygons with open rings: a last point that repeats the first is left out. */
export function openRings(polygons: Polygons): Polygons {
  const isClosed = (ring: Ring) => {
    const [first, last] = [ring[0], ring.at(-1)];
    return ring.length > 3 && first && last && first[0] === last[0] && first[1] === last[1];
  };
  return polygons.map((polygon) => polygon.map((ring) => (isClosed(ring) ? ring.slice(0, -1) : ring)));
}

/** Twice the area, with the sign of the ring's direction. */
function twiceArea(ring: Ring): number {
  let sum = 0;
  const [ox, oy] = ring[0] ?? [0, 0];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i] as Point, ring[j] as Point];
    sum += (xj - ox) * (yi - oy) - (xi - ox) * (yj - oy);
  }
  return sum;
}

/** Square pixels inside, without the holes. */
export function areaOf(polygons: Polygons): number {
  let area = 0;
  for (const polygon of polygons)
    for (const [i, ring] of polygon.entries()) area += ((i === 0 ? 1 : -1) * Math.abs(twiceArea(ring))) / 2;
  return area;
}

/** The smallest box around some polygons. */
export function boundsOf(polygons: Polygons): Box {
  let [x0, y0, x1, y1] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const [outer = []] of polygons)
    for (const [x, y] of outer) {
      x0 = Math.min(x0, x);
      y0 = Math.min(y0, y);
      x1 = Math.max(x1, x);
      y1 = Math.max(y1, y);
    }
  return { x0, y0, x1, y1 };
}

export function moved(polygons: Polygons, dx: number, dy: number): Polygons {
  return polygons.map((polygon) =>
    polygon.map((ring) => ring.map(([x, y]): [number, number] => [roundTo(x + dx), roundTo(y + dy)])),
  );
}

/** Whether a point is inside an odd number of a polygon's rings, as nuclei are counted. */
export function contains(polygons: Polygons, [x, y]: Point): boolean {
  return polygons.some((polygon) => {
    let isInside = false;
    for (const ring of polygon)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [[xi, yi], [xj, yj]] = [ring[i] as Point, ring[j] as Point];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) isInside = !isInside;
      }
    return isInside;
  });
}

/** The nearest point of a line from `a` to `b`. */
export function nearestOnLine([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): Point {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return [ax + t * dx, ay + t * dy];
}

/** How far a point is from the nearest edge. */
export function distanceToEdge(polygons: Polygons, at: Point): number {
  let least = Number.POSITIVE_INFINITY;
  for (const polygon of polygons)
    for (const ring of polygon)
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
        least = Math.min(least, distance(at, nearestOnLine(at, ring[j] as Point, ring[i] as Point)));
  return least;
}

/**
 * Leaves out points of a line that lie nearer than `tolerance` to the line without them.
 *
 * @see Douglas and Peucker 1973, doi:10.3138/FM57-6770-U75U-7727
 */
export function simplify(line: readonly Point[], tolerance: number): Point[] {
  if (line.length < 3) return [...line];
  const kept = new Uint8Array(line.length);
  kept[0] = kept[line.length - 1] = 1;
  const open: [from: number, to: number][] = [[0, line.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let [worst, at] = [tolerance, -1];
    for (let i = from + 1; i < to; i++) {
      const point = line[i] as Point;
      const off = distance(point, nearestOnLine(point, line[from] as Point, line[to] as Point));
      if (off > worst) [worst, at] = [off, i];
    }
    if (at < 0) continue;
    kept[at] = 1;
    open.push([from, at], [at, to]);
  }
  return line.filter((_, i) => kept[i] === 1);
}

/** The ring of a closed line without the points that `simplify` leaves out; at least a triangle where there was one. */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  if (ring.length <= 4) return ring;
  // Both ends of a line stay: the ring is cut at the point that is farthest from its first.
  const first = ring[0] as Point;
  let far = 0;
  for (const [i, point] of ring.entries()) if (distance(first, point) > distance(first, ring[far] as Point)) far = i;
  const there = simplify(ring.slice(0, far + 1), tolerance);
  const back = simplify([...ring.slice(far), first], tolerance);
  const simple = [...there.slice(0, -1), ...back.slice(0, -1)];
  return simple.length < 3 ? ring : simple;
}
