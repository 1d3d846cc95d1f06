import { insideRoi, type Polygon } from '@/lib/scoring/gate/roi';
import type { LiveScore } from '../_preview/live-protocol';

type Place = { x: number; y: number };

/** A point in a nucleus, and its class. */
export type NucleusPlace = Place & { isPositive: boolean };

/** A point in each kept nucleus whose centre a closed ring encloses. Image pixels, from the corner. */
export function nucleiWithin({ found, gated }: LiveScore, ring: Polygon[number]): NucleusPlace[] {
  const isInside = insideRoi([[ring]]);
  const places: NucleusPlace[] = [];
  for (let k = 0; k < found.count; k++) {
    const [x, y] = [(found.centroidX[k] ?? 0) + 0.5, (found.centroidY[k] ?? 0) + 0.5];
    if (gated.kept[k] === 1 && isInside(x, y))
      places.push({ ...placeIn(found, k, x, y), isPositive: gated.positive[k] === 1 });
  }
  return places;
}

/** The centre, or a point of the outline where the nucleus bends around it. */
function placeIn({ contourOffsets, contourPoints }: LiveScore['found'], k: number, x: number, y: number): Place {
  const points = contourPoints.subarray(contourOffsets[k], contourOffsets[k + 1]);
  const outline = Array.from({ length: points.length / 2 }, (_, n) => [
    (points[2 * n] ?? 0) + 0.5,
    (points[2 * n + 1] ?? 0) + 0.5,
  ]) as [number, number][];
  const [first = [x, y]] = outline;
  return insideRoi([[[...outline, first]]])(x, y) ? { x, y } : { x: first[0], y: first[1] };
}
