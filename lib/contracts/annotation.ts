import { z } from 'zod';
import type { Polygon } from '@/lib/scoring/gate/roi';
import { oneOf, publish } from './text-options';

/** What an annotation marks. `tissue` is found by itself; a person may correct it. */
export const ANNOTATION_CLASSES = ['tumour', 'stroma', 'necrosis', 'other', 'ignore', 'tissue'] as const;
export type AnnotationClass = (typeof ANNOTATION_CLASSES)[number];

export const ANNOTATION_SHAPES = ['rectangle', 'ellipse', 'polygon'] as const;
export type AnnotationShape = (typeof ANNOTATION_SHAPES)[number];

/** How an annotation came to be. */
export const ANNOTATION_ORIGINS = ['drawn', 'imported', 'tissue', 'core', 'hot-spot'] as const;
export type AnnotationOrigin = (typeof ANNOTATION_ORIGINS)[number];

/** Areas as the International Ki67 in Breast Cancer Working Group rates them. */
export const AREA_RATINGS = ['negligible', 'low', 'medium', 'high'] as const;
export type AreaRating = (typeof AREA_RATINGS)[number];

export const MAX_ANNOTATIONS = 2000;
/** Of all annotations of a slide together. It limits the time that testing nuclei against them takes. */
export const MAX_ANNOTATION_VERTICES = 200_000;
export const MAX_ANNOTATION_NAME = 100;
/** Far outside any slide. It keeps areas exact in doubles. */
const MAX_COORDINATE = 10_000_000;
const MAX_CORE_INDEX = 999;

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= MAX_COORDINATE;
const isPosition = (at: unknown): boolean => Array.isArray(at) && at.length === 2 && isNumber(at[0]) && isNumber(at[1]);
const isRing = (ring: unknown): boolean => Array.isArray(ring) && ring.length >= 3 && ring.every(isPosition);
const isPolygon = (rings: unknown): boolean => Array.isArray(rings) && rings.length >= 1 && rings.every(isRing);

const arrayOf = (items: object, minItems: number, more: object = {}) => ({ type: 'array', items, minItems, ...more });

/** Checked in a loop: a schema for each of hundreds of thousands of numbers blocks the server's thread for seconds. */
const polygons = z
  .custom<readonly Polygon[]>((value) => Array.isArray(value) && value.length >= 1 && value.every(isPolygon), {
    error: `expected polygons of rings of at least 3 positions [x, y], each number at most ${MAX_COORDINATE} from 0`,
  })
  .meta({
    description: 'As the coordinates of a GeoJSON MultiPolygon; a ring may be open',
    override: arrayOf(arrayOf(arrayOf(arrayOf({ type: 'number' }, 2, { maxItems: 2 }), 3), 1), 1) as object,
  });

/** A region of a slide. */
export const Annotation = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{8,32}$/, 'expected 8 to 32 letters, digits, - and _')
      .meta({ description: 'Made by who draws it, and kept when it is changed' }),
    class: z.enum(ANNOTATION_CLASSES),
    name: z.string().max(MAX_ANNOTATION_NAME).default(''),
    shape: z.enum(ANNOTATION_SHAPES).default('polygon').meta({
      description: 'How it is edited. `polygons` are its outline whatever the shape: of an ellipse a fine polygon',
    }),
    polygons,
    is_locked: z.boolean().default(false),
    is_hidden: z.boolean().default(false).meta({ description: 'Only in the picture: a hidden annotation counts' }),
    origin: z.enum(ANNOTATION_ORIGINS).default('drawn'),
    core: z
      .strictObject({ row: z.int().min(0).max(MAX_CORE_INDEX), column: z.int().min(0).max(MAX_CORE_INDEX) })
      .nullable()
      .default(null)
      .meta({ description: 'Of a core of a tissue microarray: its place in the grid, from 0. Row 1, column 6 is B7' }),
    rating: z.enum(AREA_RATINGS).nullable().default(null).meta({
      description: 'Ki67 of the area, as the International Ki67 in Breast Cancer Working Group rates it',
    }),
  })
  .meta({
    id: 'Annotation',
    description: 'A region of a slide, in pixels of its full resolution, counted from the upper left corner',
  });
export type Annotation = z.infer<typeof Annotation>;

/** The positions in all rings of some annotations. */
export function countVertices(annotations: readonly Pick<Annotation, 'polygons'>[]): number {
  let count = 0;
  for (const annotation of annotations)
    for (const polygon of annotation.polygons) for (const ring of polygon) count += ring.length;
  return count;
}

const annotations = z
  .array(Annotation)
  .max(MAX_ANNOTATIONS)
  .superRefine((all, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const vertices = countVertices(all);
    if (vertices > MAX_ANNOTATION_VERTICES)
      refuse(`all annotations together may have ${MAX_ANNOTATION_VERTICES} vertices, these have ${vertices}`);
    const ids = new Set(all.map(({ id }) => id));
    if (ids.size < all.length) refuse(`every annotation needs an id of its own; ${all.length - ids.size} are repeated`);
  });

/** All annotations of a slide at one moment; also what is stored of them. */
export const Annotations = z
  .object({
    revision: z.int().min(0).meta({ description: 'Counts the changes. 0: the tissue as it was found' }),
    annotations,
  })
  .meta({ id: 'Annotations' });
export type Annotations = z.infer<typeof Annotations>;

/** Body of `PUT /api/slides/{id}/annotations`: all annotations as they shall be from now on. */
export const SaveAnnotations = z
  .strictObject({
    base_revision: z.int().min(0).meta({
      description: 'The revision that was changed; 409 `revision_conflict` when there is a newer one',
    }),
    annotations,
  })
  .meta({ id: 'SaveAnnotations' });
export type SaveAnnotations = z.input<typeof SaveAnnotations>;

/** Answer of `PUT /api/slides/{id}/annotations`. */
export const SavedAnnotations = z
  .object({
    revision: z.int().min(1).meta({ description: 'Of the annotations as they were sent' }),
    expires_at: z.iso.datetime().meta({ description: 'When the slide is deleted: a change may postpone it' }),
  })
  .meta({ id: 'SavedAnnotations' });
export type SavedAnnotations = z.infer<typeof SavedAnnotations>;

/** In what form `GET /api/slides/{id}/annotations` answers. */
export const ANNOTATION_FORMATS = ['json', 'geojson', 'imagescope'] as const;
export type AnnotationFormat = (typeof ANNOTATION_FORMATS)[number];

export const ReadAnnotationsOptions = z.strictObject({
  format: oneOf(ANNOTATION_FORMATS)
    .default('json')
    .meta(
      publish(
        '`geojson` for QuPath, `imagescope` for the XML of Aperio ImageScope; `json` as `PUT` takes it.',
        'geojson',
        { type: 'string', enum: ANNOTATION_FORMATS, default: 'json' },
      ),
    ),
});

/** The file that `POST /api/slides/{id}/annotations` takes. What it is, its content says. */
export const ANNOTATION_FILE_TYPES = [
  'application/geo+json',
  'application/json',
  'application/xml',
  'text/xml',
] as const;
/** As many vertices as annotations may have, written as wastefully as programs do. */
export const MAX_ANNOTATION_FILE_BYTES = 32_000_000;

export const ImportAnnotationsOptions = z.strictObject({
  class: oneOf(ANNOTATION_CLASSES)
    .default('other')
    .meta(
      publish('The class of regions that have none in the file.', 'tumour', {
        ...{ type: 'string', enum: ANNOTATION_CLASSES, default: 'other' },
      }),
    ),
});

/** Answer of `POST /api/slides/{id}/annotations`. */
export const ImportedAnnotations = SavedAnnotations.extend({
  ids: z.array(Annotation.shape.id).meta({ description: 'Of the annotations that were added, as in the file' }),
  message: z.string().meta({
    description: 'What was done: how many were added, and what was cut, left out or renamed',
    example: '2 annotations imported. 1 is cut at the edge of the slide.',
  }),
}).meta({ id: 'ImportedAnnotations' });
export type ImportedAnnotations = z.infer<typeof ImportedAnnotations>;

/** The address of a core as it is read on a tissue microarray: a letter for its row, and its column from 1. */
export function coreAddress({ row, column }: NonNullable<Annotation['core']>): string {
  let letters = '';
  for (let rest = row; rest >= 0; rest = Math.floor(rest / 26) - 1)
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  return `${letters}${column + 1}`;
}

/** What an annotation is called: the address of a core, and its name; empty without either. */
export function annotationTitle({ name, core }: Pick<Annotation, 'name' | 'core'>): string {
  const address = core ? coreAddress(core) : '';
  return address === name ? name : [address, name].filter(Boolean).join(' ');
}

/** The place that an address names; null for what is none. */
export function parseCoreAddress(text: string): NonNullable<Annotation['core']> | null {
  const [, letters, number] = /^([A-Z]{1,2})([1-9]\d{0,2})$/.exec(text.trim().toUpperCase()) ?? [];
  if (letters === undefined || number === undefined) return null;
  const row = [...letters].reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0) - 1;
  return { row, column: Number(number) - 1 };
}
