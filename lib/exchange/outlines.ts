import type { NucleusRuns } from '@/lib/scoring/find/nucleus-runs';
import type { Polygon } from '@/lib/scoring/gate/roi';
import type { Point, Ring } from './coordinate-frame';
import { signedArea } from './rings';

/** The shape of a nucleus. Its area is the nucleus's number of pixels. */
export type Outline = {
  /** Valid polygons. Parts that touch only at a corner are separate polygons. */
  readonly polygons: readonly Polygon[];
  /** One outer ring, then holes. Where parts touch only at a corner, the ring passes that corner twice. */
  readonly joined: Polygon;
};

/** The pixels of one nucleus with a border of one empty pixel. 0 = outside, else the number of the part. */
type CutOut = { readonly part: Int32Array; readonly width: number; readonly x0: number; readonly y0: number };

/**
 * Traces the outline of each nucleus along pixel edges, so that pixel (0, 0) covers 0 to 1.
 *
 * Outer rings are clockwise on the screen (counterclockwise by x and y, as in RFC 7946), holes the other way. Straight
 * lines keep only their ends.
 *
 * @param pieces - the pixels. Each nucleus has all its runs in one piece, in raster order.
 * @param count - number of nuclei.
 * @param width - width of the picture.
 */
export function traceOutlines(pieces: readonly NucleusRuns[], count: number, width: number): Outline[] {
  const outlines = new Array<Outline>(count);
  for (const runs of pieces)
    for (const [k, own] of groupRuns(runs, count)) outlines[k] = traceOutline(cutOut(runs, own, width));
  return outlines;
}

/** For each nucleus, the indices of its runs. */
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
  const outer: Ring[] = new Array(parts);
  const holes: Ring[][] = Array.from({ length: parts }, () => []);
  for (const { corners, part } of walkEdges(cut, false))
    for (const round of splitAtCorners(corners)) {
      const ring = toRing(round, cut);
      if (signedArea(ring) > 0) outer[part - 1] = ring;
      else holes[part - 1].push(ring);
    }
  const polygons = outer.map((ring, i): Polygon => [ring, ...holes[i]]);
  return { polygons, joined: parts === 1 ? polygons[0] : joinedRings(cut) };
}

/** Numbers the parts (pixels connected by edges) from 1. Returns how many there are. */
function numberParts({ part, width }: CutOut): number {
  const UNSEEN = -1;
  for (let i = 0; i < part.length; i++) if (part[i] !== 0) part[i] = UNSEEN;
  const steps = [-1, 1, -width, width];
  let parts = 0;
  const open: number[] = [];
  for (let start = 0; start < part.length; start++) {
    if (part[start] !== UNSEEN) continue;
    part[start] = ++parts;
    open.push(start);
    for (let i = open.pop(); i !== undefined; i = open.pop())
      for (let s = 0; s < 4; s++)
        if (part[i + steps[s]] === UNSEEN) {
          part[i + steps[s]] = parts;
          open.push(i + steps[s]);
        }
  }
  return parts;
}

/** A closed walk around a part. A corner is the index of the pixel to its lower right. */
type Round = { corners: number[]; part: number };

/**
 * Walks along all edges between inside and outside, with the inside on the right. Returns the corners of each round.
 *
 * @param joins - whether pixels that touch only at a corner are connected. If not, each part is walked separately.
 */
function walkEdges({ part, width }: CutOut, joins: boolean): Round[] {
  const rounds: Round[] = [];
  // For east, south, west and north: the step, and the pixels ahead to the right and to the left.
  const step = [1, width, -1, -width];
  const right = [0, -1, -width - 1, -width];
  const left = [-width, 0, -1, -width - 1];
  // Every round goes east somewhere: along the upper edge of a pixel that has nothing above it.
  const isWalked = new Uint8Array(part.length);
  for (let start = width; start < part.length; start++) {
    if (part[start] === 0 || part[start - width] !== 0 || isWalked[start] === 1) continue;
    const own = part[start];
    const corners: number[] = [];
    let [at, way] = [start, 0];
    do {
      corners.push(at);
      for (let turn = 0; turn === 0; ) {
        if (way === 0) isWalked[at] = 1;
        at += step[way];
        const isRight = joins ? part[at + right[way]] !== 0 : part[at + right[way]] === own;
        const isLeft = joins ? part[at + left[way]] !== 0 : part[at + left[way]] === own;
        const goesLeft = isLeft && (joins || isRight);
        turn = goesLeft ? 3 : isRight ? 0 : 1;
        way = (way + turn) % 4;
      }
    } while (at !== start || way !== 0);
    rounds.push({ corners, part: own });
  }
  return rounds;
}

/** Splits a round at each corner that it passes twice, into rounds that touch there. */
function splitAtCorners(corners: readonly number[]): (readonly number[])[] {
  if (new Set(corners).size === corners.length) return [corners];
  const rounds: number[][] = [];
  const path: number[] = [];
  for (const corner of corners) {
    const place = path.indexOf(corner);
    if (place >= 0) rounds.push(path.splice(place));
    path.push(corner);
  }
  return [...rounds, path];
}

function toRing(corners: readonly number[], { width, x0, y0 }: CutOut): Ring {
  const ring = corners.map((at): Point => [(at % width) - 1 + x0, Math.floor(at / width) - 1 + y0]);
  ring.push(ring[0]);
  return ring;
}

function joinedRings(cut: CutOut): Polygon {
  const rings = walkEdges(cut, true).map(({ corners }) => toRing(corners, cut));
  const areas = rings.map(signedArea);
  return [...rings.filter((_, i) => areas[i] > 0), ...rings.filter((_, i) => areas[i] < 0)];
}
