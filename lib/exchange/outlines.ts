import { numberParts, type PaddedParts, splitAtCorners, walkEdges } from '@/lib/imaging/morphology/pixel-edges';
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

/** The pixels of one nucleus, and the place of the first pixel inside of the border. */
type CutOut = PaddedParts & { readonly x0: number; readonly y0: number };

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
