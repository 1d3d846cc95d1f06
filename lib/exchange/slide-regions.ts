import type { Polygon } from '@/lib/scoring/gate/roi';
import { tidyRing } from './rings';
import { stableUuid } from './stable-uuid';

/** A region that is drawn on a slide, in pixels of its full resolution. */
export type SlideRegion = {
  readonly id: string;
  readonly name: string;
  readonly className: string;
  readonly colour: readonly [red: number, green: number, blue: number];
  readonly isLocked: boolean;
  /** What QuPath keeps of it as words by their names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** QuPath lists them beside its own. None by default. */
  readonly measurements?: Readonly<Record<string, number>>;
  readonly polygons: readonly Polygon[];
};

export type SlideOfRegions = { width: number; height: number; micronsPerPixel: number | null };

const round = (value: number) => Math.round(value * 100) / 100;

/**
 * Regions of a slide as GeoJSON for QuPath: annotations with a class and its colour. Rings are closed, valid and turned as
 * in RFC 7946.
 */
export function describeSlideRegions(regions: readonly SlideRegion[], slide: SlideOfRegions) {
  const { width, height, micronsPerPixel } = slide;
  return {
    type: 'FeatureCollection' as const,
    restain: {
      ...{ coordinates: 'slide' as const, level: 0, downsample: 1, region: { x: 0, y: 0, width, height } },
      microns_per_pixel: micronsPerPixel,
    },
    features: regions.flatMap(describeRegion),
  };
}

/** Empty for a region without an area. */
function describeRegion({ id, name, className, colour, isLocked, metadata, measurements, polygons }: SlideRegion) {
  const coordinates = polygons.flatMap((rings) => {
    const [outer, ...holes] = rings.map((ring, i) => tidyRing(closed(ring), i > 0));
    if (!outer) return [];
    const kept = [outer, ...holes.filter((ring) => ring !== null)];
    return [kept.map((ring) => ring.map(([x, y]): [number, number] => [round(x), round(y)]))];
  });
  if (coordinates.length === 0) return [];
  const geometry =
    coordinates.length === 1
      ? { type: 'Polygon' as const, coordinates: coordinates[0] }
      : { type: 'MultiPolygon' as const, coordinates };
  const properties = {
    objectType: 'annotation' as const,
    ...(name !== '' && { name }),
    classification: { name: className, color: [...colour] as [number, number, number] },
    isLocked,
    measurements: { ...measurements },
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
  };
  return [{ type: 'Feature' as const, id: uuidOf(id), geometry, properties }];
}

/** QuPath takes only UUIDs. An annotation that came from QuPath has one, without its dashes, and keeps it. */
function uuidOf(id: string): string {
  const [, ...parts] = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id) ?? [];
  return parts.length > 0 ? parts.join('-') : stableUuid(`annotation ${id}`, []);
}

type Ring = Polygon[number];
function closed(ring: Ring): Ring {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  return first[0] === last[0] && first[1] === last[1] ? ring : [...ring, first];
}
