import { z } from 'zod';

/** Bounds the time that point-in-polygon tests can take; a freehand outline has a few thousand at most. */
export const MAX_ROI_VERTICES = 20_000;

const Position = z.tuple([z.number(), z.number()]).rest(z.number());
const Ring = z
  .array(Position)
  .min(4, 'a ring needs four positions, the last equal to the first')
  .refine((ring) => {
    const [first, last] = [ring[0], ring.at(-1)];
    return first?.[0] === last?.[0] && first?.[1] === last?.[1];
  }, 'a ring must end where it starts');
const Rings = z.array(Ring).min(1);

const Geometry = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('Polygon'), coordinates: Rings }),
    z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(Rings).min(1) }),
  ],
  'expected a GeoJSON Polygon or MultiPolygon, or a Feature of one',
);

/** A region in image pixels: x to the right, y down; outer ring first, then holes. */
export type Roi = z.input<typeof Geometry> | { type: 'Feature'; geometry: z.input<typeof Geometry> };

/** Polygons as rings of [x, y]: what scoring takes. */
export type RoiPolygons = [x: number, y: number][][][];

/** Reads the text of a `roi` option; a string is the reason why it cannot be used. */
export function readRoi(text: string): RoiPolygons | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'expected GeoJSON, got text that is not JSON';
  }
  const inner = typeof json === 'object' && json !== null && 'geometry' in json ? json.geometry : json;
  const parsed = Geometry.safeParse(inner);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('/');
    return place === undefined || place === '' || place === 'type'
      ? `${issue?.message}`
      : `${place}: ${issue?.message}`;
  }
  const geometry = parsed.data;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const vertices = polygons.flat().reduce((sum, ring) => sum + ring.length, 0);
  if (vertices > MAX_ROI_VERTICES) return `at most ${MAX_ROI_VERTICES} vertices, got ${vertices}`;
  return polygons.map((rings) => rings.map((ring) => ring.map(([x, y]): [number, number] => [x, y])));
}
