import { t } from '@/app/_text/t';
import { createId } from '@/lib/annotations/create-annotation';
import { openRings } from '@/lib/annotations/points';
import type { Region } from '@/lib/contracts/analysis';
import type { Annotation } from '@/lib/contracts/annotation';

/** What was made of what: a region that nobody changes stays the same object, as does what is drawn of it. */
const regionOf = new WeakMap<Annotation, Region>();
const annotationOf = new WeakMap<Region, Annotation>();

/** A region as the editor of annotations takes it. What does not count is of the class `ignore`. */
export function toAnnotation(region: Region): Annotation {
  const known = annotationOf.get(region);
  if (known) return known;
  const { id, name, kind, shape, rings } = region;
  const annotation: Annotation = {
    ...{ id, name, class: kind === 'exclude' ? 'ignore' : 'other' },
    shape: shape === 'rectangle' || shape === 'hotspot' ? 'rectangle' : 'polygon',
    polygons: openRings([rings]),
    ...{ is_locked: false, is_hidden: false, origin: 'drawn', core: null, rating: null },
  };
  return remember(region, annotation);
}

function remember(region: Region, annotation: Annotation): Annotation {
  regionOf.set(annotation, region);
  annotationOf.set(region, annotation);
  return annotation;
}

/**
 * The regions that an edit has left. A region is one polygon: parts that lie apart become regions of their own.
 *
 * @param before - what they were: they keep what an edit does not change
 */
export function toRegions(annotations: readonly Annotation[], before: readonly Region[]): Region[] {
  const known = new Map(before.map((region) => [region.id, region]));
  const regions: Region[] = [];
  for (const annotation of annotations) {
    const same = regionOf.get(annotation);
    if (same) {
      regions.push(same);
      continue;
    }
    const earlier = known.get(annotation.id);
    const name = annotation.name || t('Region {number}', { number: regions.length + 1 });
    for (const [part, rings] of annotation.polygons.entries()) {
      const region: Region = {
        id: part === 0 ? annotation.id : createId(),
        name: part === 0 ? name : `${name} (${part + 1})`,
        kind: annotation.class === 'ignore' ? 'exclude' : 'include',
        shape: annotation.shape === 'rectangle' ? 'rectangle' : earlier?.shape === 'freehand' ? 'freehand' : 'polygon',
        enabled: earlier?.enabled ?? true,
        rings: rings.map((ring) => closed(ring)),
      };
      if (annotation.polygons.length === 1)
        remember(region, annotation.name === name ? annotation : { ...annotation, name });
      regions.push(region);
    }
  }
  return regions;
}

function closed(ring: Annotation['polygons'][number][number]): [number, number][] {
  const points = ring.map(([x, y]): [number, number] => [x, y]);
  const [first] = points;
  return first ? [...points, [...first]] : points;
}
