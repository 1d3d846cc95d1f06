import type { NucleusRuns } from '@/lib/scoring/nucleus-runs';
import type { Point, Polygon } from './coordinate-frame';
import { signedArea } from './rings';

/** The shape of a nucleus: its area is the number of its pixels. */
export type Outline = {
  /** Valid polygons: parts that touch at a corner only are polygons of their own. */
  readonly polygons: readonly Polygon[];
  /** The same in one ring, before its holes: where parts touch at a corner only, the ring passes it twice. */
  readonly joined: Polygon;
};

/** A nucleus cut out of its picture, with a rim of nothing around it. 0 = outside, else the part that a pixel is of. */
type CutOut = { readonly part: Int32Array; readonly width: number; readonly x0: number; readonly y0: number };

/**
 * Follows the edges of pixels around each nucleus: what leaves this product counts from corners, pixel (0, 0) covers 0 to 1.
 *
 * Outer rings run clockwise on the screen and holes against it, as RFC 7946 has it for x and y; straight runs are reduced to
 * their ends. The one place where pixels, which the kernels count by their centres, become outlines.
 *
 * @param pieces - the pixels: all runs of a nucleus in one piece, in raster order.
 * @param count - how many nuclei there are.
 * @param width - of the picture.
 */
export function traceOutlines(pieces: readonly NucleusRuns[], count: number, width: number): Outline[] {
  const outlines = new Array<Outline>(count);
  for (const runs of pieces)
    for (const [k, own] of groupRuns(runs, count)) outlines[k] = traceOutline(cutOut(runs, own, width));
  return outlines;
}

/** Indices of the runs of each nucleus. */
function groupRuns({ nucleus }: NucleusRuns, count: number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let r = 0; r < nucleus.length; r++) {
    if (nucleus[r] >= count) continue;
    const group = groups.get(nucleus[r]);
    if (group) group.push(r);
    else groups.set(nucleus[r], [r]);
  }
  return groups;
}

function cutOut({ from, to }: NucleusRuns, own: readonly number[], pictureWidth: number): CutOut {
  const rowOf = (r: number) => Math.floor(from[r] / pictureWidth);
  const y0 = rowOf(own[0]);
  const y1 = rowOf(own[own.length - 1]) + 1;
  let [x0, x1] = [pictureWidth, 0];
  for (const r of own) {
    const start = rowOf(r) * pictureWidth;
    x0 = Math.min(x0, from[r] - start);
    x1 = Math.max(x1, to[r] - start);
  }
  const width = x1 - x0 + 2;
  const part = new Int32Array(width * (y1 - y0 + 2));
  for (const r of own) {
    const y = rowOf(r);
    const at = (y - y0 + 1) * width + 1 - x0 - y * pictureWidth;
    part.fill(1, from[r] + at, to[r] + at);
  }
  return { part, width, x0, y0 };
}

function traceOutline(cut: CutOut): Outline {
  const parts = numberParts(cut);
  const outer: (Polygon[number] | undefined)[] = new Array(parts);
  const holes: Polygon[number][][] = Array.from({ length: parts }, () => []);
  for (const { points, part } of walkEdges(cut, false))
    for (const ring of splitAtCorners(points))
      if (signedArea(ring) > 0) outer[part - 1] = ring;
      else holes[part - 1].push(ring);
  const polygons = outer.map((ring, i): Polygon => [ring as Polygon[number], ...holes[i]]);
  return { polygons, joined: parts === 1 ? polygons[0] : joinedRings(cut) };
}

/** Numbers the parts that hang together by edges, from 1, and gives how many there are. */
function numberParts({ part, width }: CutOut): number {
  const UNSEEN = -1;
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) part[i] = UNSEEN;
  let parts = 0;
  const open: number[] = [];
  for (let start = 0; start < part.length; start++) {
    if (part[start] !== UNSEEN) continue;
    part[start] = ++parts;
    open.push(start);
    for (let i = open.pop(); i !== undefined; i = open.pop())
      for (const next of [i - 1, i + 1, i - width, i + width])
        if (part[next] === UNSEEN) {
          part[next] = parts;
          open.push(next);
        }
  }
  return parts;
}

/** Steps east, south, west, north. */
const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

/**
 * Walks all edges between inside and outside, the inside on the right hand, and gives the corners of each round.
 *
 * @param joins - whether pixels that touch at a corner only hang together there; else each part is walked by itself.
 */
function* walkEdges(cut: CutOut, joins: boolean): Generator<{ points: Point[]; part: number }> {
  const { part, width, x0, y0 } = cut;
  // Every round runs east somewhere: along the upper edge of a pixel with nothing above it.
  const isWalked = new Uint8Array(part.length);
  for (let start = width; start < part.length; start++) {
    if (part[start] === 0 || part[start - width] !== 0 || isWalked[start] === 1) continue;
    const own = part[start];
    const isInside = joins ? (i: number) => part[i] !== 0 : (i: number) => part[i] === own;
    const points: Point[] = [];
    // `at` is the pixel to the lower right of the corner that is stood on.
    let [at, way] = [start, 0];
    do {
      points.push([(at % width) - 1 + x0, Math.floor(at / width) - 1 + y0]);
      for (;;) {
        if (way === 0) isWalked[at] = 1;
        at += STEP_X[way] + STEP_Y[way] * width;
        const [right, left] = aheadOf(at, way, width);
        const turn = joins
          ? isInside(left)
            ? 3
            : isInside(right)
              ? 0
              : 1
          : isInside(right)
            ? isInside(left)
              ? 3
              : 0
            : 1;
        way = (way + turn) % 4;
        if (turn !== 0) break;
      }
    } while (at !== start || way !== 0);
    points.push(points[0]);
    yield { points, part: own };
  }
}

/** The pixels before a corner, to the right and to the left of the way. */
function aheadOf(at: number, way: number, width: number): [right: number, left: number] {
  if (way === 0) return [at, at - width];
  if (way === 1) return [at - 1, at];
  if (way === 2) return [at - width - 1, at - 1];
  return [at - width, at - width - 1];
}

/** Rings that pass no point twice: a round that comes back to a corner is two rings that touch there. */
function splitAtCorners(points: readonly Point[]): Point[][] {
  const rings: Point[][] = [];
  const path: Point[] = [];
  const places = new Map<string, number>();
  for (const point of points) {
    const key = `${point[0]},${point[1]}`;
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, path.push(point) - 1);
      continue;
    }
    const ring = path.splice(place + 1);
    for (const [x, y] of ring) places.delete(`${x},${y}`);
    rings.push([point, ...ring, point]);
  }
  return rings;
}

function joinedRings(cut: CutOut): Polygon {
  const rings = Array.from(walkEdges(cut, true), ({ points }) => points);
  const areas = rings.map(signedArea);
  return [...rings.filter((_, i) => areas[i] > 0), ...rings.filter((_, i) => areas[i] < 0)];
}
