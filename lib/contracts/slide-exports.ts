import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ErrorCode } from '@/lib/errors';
import { HEAT_KINDS } from '@/lib/scoring/slide/heat-map';
import { Annotation } from './annotation';
import { ARCHIVE, ExportOptions } from './exports';
import { readRegion } from './picture-choice';
import { SlideId } from './slide';
import { decimal, oneOf, option, publish } from './text-options';

/** The files of a slide's result, and their media types. Coordinates in them are pixels of the slide's full resolution. */
export const SLIDE_FILE_TYPES = {
  'report.pdf': 'application/pdf',
  'scores.json': 'application/json',
  'regions.geojson': 'application/geo+json',
  'nuclei.geojson.gz': 'application/gzip',
  'nuclei.csv.gz': 'application/gzip',
  'nuclei.parquet': 'application/vnd.apache.parquet',
  'heatmap.png': 'image/png',
  'heatmap.ome.tif': 'image/tiff',
} as const;
export type SlideFileName = keyof typeof SLIDE_FILE_TYPES;
export const SLIDE_FILE_NAMES = Object.keys(SLIDE_FILE_TYPES) as [SlideFileName, ...SlideFileName[]];

/** What is inferred of a region when somebody asks, since a slide keeps its segmentation only. Not in the archive. */
export const MODALITIES_FILE = 'modalities.ome.tif';
/** A field of 6,000 x 6,000 pixels: 0.5 GB of memory while it is written. */
export const MAX_MODALITY_PIXELS = 36_000_000;

const SLIDE_EXPORT_NAMES: [string, ...string[]] = [ARCHIVE, ...SLIDE_FILE_NAMES, MODALITIES_FILE];

const HEAT_MAP_UM = { least: 25, most: 3200, usual: 200 };

/** How the files are written. */
export const SlideExportOptions = z.strictObject({
  geojson_classes: ExportOptions.shape.geojson_classes,
  csv: ExportOptions.shape.csv,
  features: ExportOptions.shape.features,
  heat_map: oneOf(HEAT_KINDS)
    .default('index')
    .meta(
      publish(
        'What `heatmap.png` shows: `index` for positive nuclei of all in %, `density` for nuclei per mm². `heatmap.ome.tif` has both.',
        'index',
        { type: 'string', enum: HEAT_KINDS, default: 'index' },
      ),
    ),
  heat_map_um: decimal({ min: HEAT_MAP_UM.least, max: HEAT_MAP_UM.most })
    .default(HEAT_MAP_UM.usual)
    .meta(
      publish('Side of the squares of the heat maps, in µm.', 200, {
        type: 'number',
        minimum: HEAT_MAP_UM.least,
        maximum: HEAT_MAP_UM.most,
        default: HEAT_MAP_UM.usual,
      }),
    ),
  region: option('x,y,width,height in whole pixels of the full resolution', readRegion)
    .optional()
    .meta(
      publish(
        `The part of the slide that \`${MODALITIES_FILE}\` shows, at most ${MAX_MODALITY_PIXELS / 1e6} megapixels: \`x,y,width,height\`.`,
        '0,0,2048,2048',
        { type: 'string', pattern: '^\\d+,\\d+,\\d+,\\d+$' },
      ),
    ),
  annotation: Annotation.shape.id
    .optional()
    .meta({ description: `Or the annotation whose box \`${MODALITIES_FILE}\` shows` }),
});
export type SlideExportOptions = z.output<typeof SlideExportOptions>;

/** GET a file of a slide's result. */
export const slideExportPath = (
  id: string,
  name: SlideFileName | typeof ARCHIVE,
  { features = 'none' }: Partial<Pick<SlideExportOptions, 'features'>> = {},
) => `/api/slides/${id}/exports/${name}${features === 'none' ? '' : `?features=${features}`}`;

/** GET what is inferred in the box of an annotation. */
export const modalitiesPath = (id: string, annotation: string) =>
  `/api/slides/${id}/exports/${MODALITIES_FILE}?annotation=${annotation}`;

export function slideExportOperations(
  problems: (...codes: ErrorCode[]) => ZodOpenApiResponsesObject,
): ZodOpenApiPathsObject {
  const name = z
    .enum(SLIDE_EXPORT_NAMES)
    .meta({ description: 'The file; `all.zip` holds all others but `modalities.ome.tif`', example: 'nuclei.parquet' });
  return {
    '/api/slides/{id}/exports/{name}': {
      get: {
        operationId: 'getSlideExport',
        summary: 'A file of what was found on a slide',
        description:
          'By the newest settings and annotations, of the nuclei that are there so far. Coordinates are pixels of the full resolution, from the upper left corner of the slide; each file says so. `nuclei.geojson.gz` is opened by QuPath as it is, `nuclei.parquet` is GeoParquet. `modalities.ome.tif` is inferred when it is asked for, of a `region` or an `annotation`: a pyramid of two images, which needs no scoring.',
        tags: ['slides'],
        requestParams: { path: z.object({ id: SlideId, name }), query: SlideExportOptions },
        responses: {
          200: {
            description: 'The file',
            content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
          },
          ...problems(
            'invalid_option',
            'not_found',
            'slide_not_found',
            'wrong_state',
            'model_not_found',
            'queue_full',
            'storage_full',
            'storage_unavailable',
          ),
        },
      },
    },
  };
}
