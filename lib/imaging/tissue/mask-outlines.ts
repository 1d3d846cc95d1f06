import { numberParts, splitAtCorners, walkEdges } from '@/lib/imaging/morphology/pixel-edges';
import type { Mask } from '@/lib/imaging/raster';
import { crossingEdges } from './crossing-edges';
import { areaOf, farthestBetween, type Point, type Ring, simplifyRing } from './simplify-ring';

/** Outer ring, then holes. Outer rings are clockwise on the screen, holes the other way. */
export type RingPolygon = readonly Ring[];

/**
 * The outlines of a mask: valid polygons, the largest first, that nowhere touch each other.
 *
 * Pixels that touch at a corner only are joined by a third pixel. Where simpler rings would cross, more of their points stay.
 *
 * @param scale - how many units of the outlines a pixel is wide and high. The mask's corner is (0, 0).
 * @param tolerance - how far an outline may run beside the pixels' edges, in pixels of the mask.
 */
export function outlineMask(mask: Mask, scale: { x: number; y: number }, tolerance: number): RingPolygon[] {
  const traced = traceMask(mask);
  const rings = simplifyTogether(
    traced.flatMap(({ rings }) => rings),
    tolerance,
  );
  let next = 0;
  return traced
    .map(({ rings: own, area }) => ({ area, rings: own.map(() => rings[next++]) }))
    .sort((a, b) => b.area - a.area)
    .map(({ rings }) => rings.map((ring) => ring.map(([x, y]): Point => [x * scale.x, y * scale.y])));
}

/** All rings as simple as they can be without touching. */
function simplifyTogether(rings: readonly Ring[], tolerance: number): Ring[] {
  const kept = rings.map((ring) => simplifyRing(ring, tolerance));
  const simple = () => kept.map((places, i) => places.map((place) => rings[i][place]));
  for (let isDone = false; !isDone; ) {
    isDone = true;
    const added = rings.map(() => [] as number[]);
    for (const { ring, place } of crossingEdges(simple())) {
      const [from, to] = [kept[ring][place], kept[ring][place + 1]];
      // Edges along pixels do not touch.
      if (to - from < 2) continue;
      added[ring].push(farthestBetween(rings[ring], from, to).place);
      isDone = false;
    }
    for (const [i, places] of added.entries())
      if (places.length > 0) kept[i] = [...kept[i], ...places].sort((a, b) => a - b);
  }
  return simple();
}

/** Along the edges of pixels; corners only. `area` is in pixels, less the holes. */
function traceMask({ data, width, height }: Mask): { rings: Ring[]; area: number }[] {
  const padded = { part: new Int32Array((width + 2) * (height + 2)), width: width + 2 };
  for (let y = 0; y < height; y++)
    padded.part.set(data.subarray(y * width, (y + 1) * width), (y + 1) * padded.width + 1);
  joinCorners(padded.part, padded.width);
  const polygons = Array.from({ length: numberParts(padded) }, () => ({ rings: [] as Ring[], area: 0 }));
  for (const { corners, part } of walkEdges(padded, false))
    for (const round of splitAtCorners(corners)) {
      const ring = round.map((at): Point => [(at % padded.width) - 1, Math.floor(at / padded.width) - 1]);
      ring.push(ring[0]);
      const { rings } = polygons[part - 1];
      const area = areaOf(ring);
      polygons[part - 1].area += area;
      if (area > 0) rings.unshift(ring);
      else rings.push(ring);
    }
  return polygons;
}

/** Fills one pixel wherever two touch at a corner only. Each filled one may make such a place in the row above. */
function joinCorners(part: Int32Array, width: number): void {
  for (let i = width + 1; i < part.length - width - 1; i++) {
    // The four pixels around the corner at the lower right of pixel i.
    const [a, b, c, d] = [part[i], part[i + 1], part[i + width], part[i + width + 1]];
    if (a !== d || b !== c || a === b) continue;
    // The border stays empty: one of the two lower pixels is foreground, the other is beside it and inside.
    part[c === 0 ? i + width : i + width + 1] = 1;
    i -= 2;
  }
}
