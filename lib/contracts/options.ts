import { z } from 'zod';
import { INCLUDES, type Include } from '@/lib/exchange/cells';
import { COORDINATES } from '@/lib/exchange/coordinate-frame';
import { GEOJSON_CLASSES } from '@/lib/exchange/qupath-geojson';
import { EXAMPLE_CLASSIFIER, parseClassifier } from './classifier';
import { edgeOptions } from './edge-choice';
import {
  CHANNELS,
  MICRONS_PER_PIXEL_RANGE,
  RESOLUTIONS,
  type Resolution,
  readRegion,
  SELECTION_MAX,
} from './picture-choice';
import { readRoi } from './roi-option';
import { refuseContradictions, summaryOptions } from './scores';
import {
  decimal,
  flag,
  integer,
  oneOf,
  option,
  publish,
  publishedFlag,
  publishedInteger,
  publishedNumber,
} from './text-options';
import { thresholdOptions } from './thresholds';

/** Which pixels of a file are analysed. Most files have one image, which is analysed whole. */
const selectionShape = {
  series: integer(0, SELECTION_MAX)
    .optional()
    .meta(
      publish(
        'Which image of `img`, where its file holds several. Default: the largest brightfield one. Labels and macro images cannot be chosen.',
        0,
        publishedInteger(0, SELECTION_MAX),
      ),
    ),
  plane: integer(0, SELECTION_MAX)
    .optional()
    .meta(publish('Which focal plane, from 0. Default: the middle one.', 0, publishedInteger(0, SELECTION_MAX))),
  channels: oneOf(CHANNELS)
    .optional()
    .meta(
      publish(
        '`rgb`: the three channels that the file leaves unnamed are red, green and blue. Such a file is refused without it, since they might be fluorescence; of any other file it changes nothing.',
        'rgb',
        { type: 'string', enum: CHANNELS },
      ),
    ),
  level: integer(0, SELECTION_MAX)
    .optional()
    .meta(
      publish(
        'Which level of the pyramid; 0 is the full resolution. `resolution` and `microns_per_pixel` still describe level 0.',
        0,
        { ...publishedInteger(0, SELECTION_MAX), default: 0 },
      ),
    ),
  region: option('x,y,width,height in whole pixels of the full resolution', readRegion)
    .optional()
    .meta(
      publish(
        'Analyse this part alone: `x,y,width,height` in pixels of the full resolution. A tiled slide is read there and nowhere else, so that it may be larger than the pixel limit. Pictures of the answer show it, and coordinates count from its corner unless `coordinates=slide`.',
        '0,0,512,512',
        { type: 'string', pattern: '^\\d+,\\d+,\\d+,\\d+$' },
      ),
    ),
};

/** Options of `/api/postprocess`; `/api/infer` takes all of them too. */
const scoringShape = {
  resolution: oneOf(Object.keys(RESOLUTIONS) as Resolution[])
    .optional()
    .meta(
      publish(
        'Scan magnification: 40x is 0.25, 20x is 0.5, 10x is 1.0 µm per pixel. Default: the pixel size that the file states, else 20x.',
        '40x',
        { type: 'string', enum: Object.keys(RESOLUTIONS) },
      ),
    ),
  microns_per_pixel: decimal(MICRONS_PER_PIXEL_RANGE)
    .optional()
    .meta(publish('Pixel size in µm; wins over `resolution`.', 0.5, publishedNumber(MICRONS_PER_PIXEL_RANGE))),
  pil: flag
    .default(false)
    .meta(publishedFlag('Read with the reader of common formats only (PNG, JPEG, TIFF, WebP, AVIF, HEIC, GIF).')),
  ...thresholdOptions,
  roi: z
    .string()
    .transform((text, context) => {
      const roi = readRoi(text);
      if (typeof roi !== 'string') return roi;
      context.addIssue({ code: 'custom', message: roi });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'Score only nuclei whose centre lies in these regions: GeoJSON with Polygons or MultiPolygons (a geometry, a Feature, a FeatureCollection, an array of features or a GeometryCollection), x to the right, y down, counted from corners: pixel (0, 0) covers 0 to 1. Features of QuPath’s class `Ignore*` are left out of the count. The XML of Aperio ImageScope is read, too: its negative regions are holes. Points, lines and detections are not regions: they are ignored with a warning. A file of Restain states what its coordinates count; for others `coordinates` does. Long ones go into a form field.',
      example: '{"type":"Polygon","coordinates":[[[0,0],[512,0],[512,512],[0,512],[0,0]]]}',
    }),
  classifier: z
    .string()
    .transform((text, context) => {
      const classifier = parseClassifier(text);
      if (typeof classifier !== 'string') return classifier;
      context.addIssue({ code: 'custom', message: classifier });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'A classifier that was taught by clicks: the JSON that the result page saves (`restain-classifier/1`), as a form field. Kinds, and classes where it has limits, are told by it.',
      example: EXAMPLE_CLASSIFIER,
    }),
  include: option(`a comma list of ${INCLUDES.join(', ')}`, (text): Include[] | undefined => {
    const names = text.split(',').map((name) => name.trim().toLowerCase());
    const known = INCLUDES.filter((name) => names.includes(name));
    return names.every((name) => (INCLUDES as readonly string[]).includes(name)) ? known : undefined;
  })
    .default([])
    .meta(publish('Comma list of per-nucleus data to add: `cells`, `geojson`.', 'cells', { type: 'string' })),
  coordinates: oneOf(COORDINATES)
    .default('image')
    .meta(
      publish(
        'What `roi`, `cells` and `geojson` count: `image` for pixels of the picture that is analysed, from the corner of `region`; `slide` for pixels of the full resolution of the file, as QuPath counts.',
        'slide',
        { type: 'string', enum: COORDINATES, default: 'image' },
      ),
    ),
  geojson_classes: oneOf(GEOJSON_CLASSES)
    .default('positive')
    .meta(
      publish(
        'Classes of `geojson`: `positive` for Positive and Negative; `kinds` for `Tumor: Positive`, `Tumor: Negative`, and so on with `Immune cells`, `Stroma` and `Other`; `grades` for Negative, 1+, 2+ and 3+, by `intensity_two_plus` and `intensity_three_plus`.',
        'positive',
        { type: 'string', enum: GEOJSON_CLASSES, default: 'positive' },
      ),
    ),
  ...edgeOptions,
  ...summaryOptions,
  ...selectionShape,
};

/** Options of `POST /api/postprocess`. */
export const PostprocessOptions = z.strictObject(scoringShape).superRefine(refuseContradictions);
export type PostprocessOptions = z.output<typeof PostprocessOptions>;

const inferShape = {
  ...scoringShape,
  slim: flag.default(false).meta(publishedFlag('Return the refined segmentation picture only.')),
  nopost: flag.default(false).meta(publishedFlag('Return the inferred pictures only: nothing is segmented or scored.')),
  model: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Name of an installed model; see /api/health.', example: 'restain-ihc' }),
};

/** Options of `POST /api/infer` and `POST /api/batch/infer`. */
export const InferOptions = z.strictObject(inferShape).superRefine((options, context) => {
  refuseContradictions(options, context);
  const refuse = (name: string, why: string) => context.addIssue({ code: 'custom', path: [name], message: why });
  if (!options.nopost) return;
  if (options.slim) refuse('slim', 'cannot be joined with nopost: the refined picture is a result of post-processing');
  if (options.include.length > 0)
    refuse('include', 'cannot be joined with nopost: there are no nuclei without scoring');
  for (const name of ['hot_spot_mm2', 'hot_spot_nuclei'] as const)
    if (options[name] !== undefined) refuse(name, 'cannot be joined with nopost: there are no nuclei without scoring');
});
export type InferOptions = z.output<typeof InferOptions>;

/** Options that are on when they are present, even without a value. For all others an empty value is no value. */
export const FLAGS: readonly string[] = ['pil', 'slim', 'nopost', 'exclude_on_edges'];
