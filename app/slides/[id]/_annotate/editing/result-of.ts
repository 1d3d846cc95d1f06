import { type Box, boundsOf } from '@/lib/annotations/points';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import type { Annotation } from '@/lib/contracts/annotation';
import type { SlideRegion } from '@/lib/contracts/picture-choice';

/**
 * What an annotation is as an image of its own: the rectangle around it, in whole pixels of the slide, and for other shapes
 * the outline in that rectangle as what counts.
 */
export function resultOf(
  { id, name, shape, polygons }: Pick<Annotation, 'id' | 'name' | 'shape' | 'polygons'>,
  slide: Box,
): { region: SlideRegion; scoring: ScoringParameters } {
  const bounds = boundsOf(polygons);
  const x = Math.max(slide.x0, Math.floor(bounds.x0));
  const y = Math.max(slide.y0, Math.floor(bounds.y0));
  const width = Math.max(1, Math.min(slide.x1, Math.ceil(bounds.x1)) - x);
  const height = Math.max(1, Math.min(slide.y1, Math.ceil(bounds.y1)) - y);
  const region = { x, y, width, height };
  if (shape === 'rectangle') return { region, scoring: {} };
  const regions = polygons.map((rings, i) => ({
    ...{ id: `${id} ${i + 1}`, name, kind: 'include' as const, shape: 'polygon' as const, enabled: true },
    rings: rings.map((ring) => closed(ring.map(([px, py]): [number, number] => [px - x, py - y]))),
  }));
  return { region, scoring: { regions } };
}

/** Regions of a result are rings as in GeoJSON, which end where they begin. */
function closed(ring: [number, number][]): [number, number][] {
  const [first, last] = [ring[0], ring.at(-1)];
  return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...ring, first] : ring;
}
