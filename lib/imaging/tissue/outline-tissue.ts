import type { Mask } from '@/lib/imaging/raster';
import { outlineMask, type RingPolygon } from './mask-outlines';

/** In pixels of the mask. */
const TOLERANCE = 1;
/** Outlines are stated in hundredths of a pixel. */
const FINENESS = 100;

/**
 * The outlines of a tissue mask in pixels of the slide's full resolution, from its upper left corner, the largest first.
 *
 * @param mask - covers the whole slide, for example from `findTissue`.
 */
export function outlineTissue(mask: Mask, slide: { width: number; height: number }): RingPolygon[] {
  const scale = { x: slide.width / mask.width, y: slide.height / mask.height };
  const round = (value: number) => Math.round(value * FINENESS) / FINENESS;
  return outlineMask(mask, scale, TOLERANCE).map((rings) =>
    rings.map((ring) => ring.map(([x, y]) => [round(x), round(y)] as const)),
  );
}
