import { z } from 'zod';
import { COORDINATES } from '@/lib/exchange/coordinate-frame';
import { CLASS_NAMES } from '@/lib/exchange/qupath-geojson';
import { MODALITY_PICTURES } from '@/lib/models/modalities';
import { KINDS } from '@/lib/scoring/classify/kinds';
import { ALGORITHMS } from '@/lib/scoring/thresholds';
import { WARNINGS, type WarningCode } from '@/lib/warnings';
import { edgeAnswer } from './edge-choice';
import { ScoreSummary } from './scores';
import { usedThresholdFields, writeUsedThresholds } from './thresholds';

/** Names of the pictures, as clients know them. */
export const IMAGE_NAMES = [...MODALITY_PICTURES, 'SegOverlaid', 'SegRefined'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

const base64Png = z.string().meta({
  description: 'PNG in base64 without a `data:` prefix: RGB, exactly as wide and high as the input',
  example: 'iVBORw0KGgo...',
});

const counts = {
  num_total: z.int().min(0),
  num_pos: z.int().min(0),
  num_neg: z.int().min(0),
  percent_pos: z
    .number()
    .min(0)
    .max(100)
    .meta({ description: '100 x num_pos / num_total, to one decimal; 0 without nuclei' }),
};

/** The second count, beside that of all nuclei. */
export const TumourCount = z
  .object({
    ...counts,
    percent_pos_interval: z
      .tuple([z.number(), z.number()])
      .meta({ description: '95 % Wilson interval of percent_pos. The doubt about kinds is not in it' }),
    made_by: z
      .string()
      .regex(/^(prior|taught with \d+ clicks?)$/)
      .meta({
        description:
          'How kinds were told: `prior`, by the classifier that was fitted to simulated fields; `taught with 20 clicks`, by what somebody taught on top of it',
      }),
  })
  .meta({ id: 'TumourCount', description: 'The tumour nuclei alone, among those that count' });
export type TumourCount = z.infer<typeof TumourCount>;

const limit = z.number().nullable();

/** What somebody taught. */
export const TaughtCount = z
  .object({
    clicks: z.int().min(0).meta({ description: 'Nuclei whose kind or class by name was stated, on all images' }),
    class_clicks: z.int().min(0).meta({ description: 'Nuclei that were called positive or negative' }),
    positive_from: limit.meta({ description: 'Nuclei are positive from this `brown_mean` on; null: no such limit' }),
    negative_below: limit.meta({ description: 'Nuclei are negative up to this `brown_mean`; null: no such limit' }),
  })
  .meta({ id: 'TaughtCount', description: 'What kinds and classes were taught by' });
export type TaughtCount = z.infer<typeof TaughtCount>;

export const Scoring = z
  .object({
    ...counts,
    ...usedThresholdFields,
    tumour: TumourCount.nullable().optional().meta({
      description:
        'null where `marker` is one of other cells (CD3, CD8, CD138) or H&E; absent from results of earlier versions',
    }),
    taught: TaughtCount.optional().meta({ description: 'Absent where nobody taught anything' }),
    ...edgeAnswer,
  })
  .meta({
    id: 'Scoring',
    description: 'The numbers, with the thresholds that were used',
    example: {
      num_total: 114,
      num_pos: 8,
      num_neg: 106,
      percent_pos: 7,
      ...writeUsedThresholds({ probThresh: 120, sizeThresh: 61, sizeThreshUpper: null, markerThresh: null }),
      ...{ exclude_on_edges: false, num_on_edges: 9 },
    },
  });
export type Scoring = z.infer<typeof Scoring>;

const PIXEL_SIZE_SOURCES = ['microns_per_pixel', 'resolution', 'file', 'default'] as const;
export type PixelSizeSource = (typeof PIXEL_SIZE_SOURCES)[number];

export const SlideRegion = z
  .object({ x: z.int().min(0), y: z.int().min(0), width: z.int().min(1), height: z.int().min(1) })
  .meta({
    id: 'SlideRegion',
    description: 'In pixels of the full resolution; pictures and coordinates count from its corner',
  });

/** Which pixels of a file were analysed. */
export const SelectionAnswer = z
  .object({
    series: z.int().min(0),
    plane: z.int().min(0),
    level: z.int().min(0).meta({ description: 'Of the pyramid; 0 is the full resolution' }),
    downsample: z.number().min(1).meta({ description: 'Pixels of the full resolution per pixel of that level' }),
    region: SlideRegion,
  })
  .meta({ id: 'Selection', description: 'Which pixels of a file with several images, planes or levels' });
export type SelectionAnswer = z.infer<typeof SelectionAnswer>;

export const ProvenanceAnswer = z
  .object({
    model: z.string().meta({ example: 'restain-ihc@0.11.0' }),
    model_sha256: z.string().meta({ description: 'Of the network that was run' }),
    network_microns_per_pixel: z.number().optional().meta({
      description:
        'Pixel size to which the picture was resampled for that network. A model may have a second network for coarser pictures (`coarse` in `GET /api/health`). Absent from results of earlier versions',
      example: 0.25,
    }),
    software: z.string().meta({ description: 'Version of this server', example: '1.2.3' }),
    commit: z
      .string()
      .default('unknown')
      .meta({ description: 'Commit of its source that this server was built from, or `unknown`' }),
    file_sha256: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'SHA-256 of the file that was sent, byte by byte; null of results of earlier versions' }),
    provider: z.string().meta({ description: 'Execution provider of the inference', example: 'cpu' }),
    precision: z
      .enum(['float32', 'int8'])
      .optional()
      .meta({ description: 'Numbers of the network that was run; absent from results of version 0.1.0' }),
    graph_optimisation: z
      .enum(['disabled', 'basic', 'extended', 'all'])
      .optional()
      .meta({ description: 'How far the runtime rewrote its graph; absent from results of version 0.1.0' }),
    microns_per_pixel: z.number().meta({ description: 'Of the pixels that were analysed' }),
    microns_per_pixel_source: z.enum(PIXEL_SIZE_SOURCES).meta({ description: 'Where the pixel size came from' }),
    microns_per_pixel_stated_by: z
      .string()
      .optional()
      .meta({ description: 'Where in the file it stands, when it came from there', example: 'OME-XML' }),
    algorithm: z.enum(ALGORITHMS).nullable(),
    selection: SelectionAnswer.optional().meta({ description: 'Absent where the file offers no choice' }),
  })
  .meta({ id: 'Provenance', description: 'What made this result' });
export type ProvenanceAnswer = z.infer<typeof ProvenanceAnswer>;

const warningCodes = Object.keys(WARNINGS) as [WarningCode, ...WarningCode[]];

export const WarningAnswer = z
  .object({
    code: z.enum(warningCodes).meta({ description: 'Stable; the words of `detail` may change' }),
    detail: z.string().meta({ description: 'A sentence with the numbers that it is about' }),
  })
  .meta({ id: 'Warning', description: 'A doubt about the numbers that their reader should know' });

const point = z.tuple([z.number(), z.number()]);

/** The rule for all coordinates of answers and files. */
export const CORNERS =
  'x to the right, y down, counted from corners: pixel (0, 0) covers 0 to 1, so that its centre is (0.5, 0.5). ' +
  'Outlines follow the edges of pixels: what they enclose is `area_px`';

const ring = z.array(point);

export const Cell = z
  .object({
    id: z.int().min(1),
    centroid: point,
    positive: z.boolean(),
    kind: z.enum(KINDS).meta({ description: 'What the nucleus belongs to; `other`: plasma cells and the rest' }),
    kind_likelihood: z.number().min(0).max(1).meta({ description: 'Likelihood of that kind' }),
    membrane: z
      .object({ completeness: z.number().min(0).max(1), od: z.number(), cytoplasm_od: z.number() })
      .optional()
      .meta({
        description:
          'Of its cell: share of the membrane that is stained, mean DAB density of that part, and median DAB density beside it. Absent where membranes were not measured',
      }),
    class_name: z.string().optional().meta({ description: 'The class that somebody named and taught; absent without' }),
    area_px: z.int().meta({ description: 'Pixels of the picture that was analysed' }),
    area_um2: z.number(),
    marker_max: z.int(),
    marker_mean: z.number(),
    od_mean: z.number().meta({ description: 'Mean optical density, averaged over red, green and blue' }),
    bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).meta({ description: 'x0, y0, x1, y1' }),
    contour: ring.meta({
      description:
        'The outer ring, its first point not repeated. A nucleus whose parts touch at a corner only passes that corner twice',
    }),
    holes: z.array(ring).optional().meta({ description: 'Rings that do not belong to it; absent without any' }),
  })
  .meta({ id: 'Cell', description: `One nucleus; ${CORNERS}` });
export type Cell = z.infer<typeof Cell>;

export const CoordinateFrame = z
  .object({
    coordinates: z.enum(COORDINATES).meta({
      description: '`image`: pixels of the picture that was analysed; `slide`: of the full resolution of the file',
    }),
    level: z.int().min(0),
    downsample: z.number().min(1),
    region: SlideRegion.meta({ description: 'What the picture shows, in pixels of the full resolution' }),
    microns_per_pixel: z.number().meta({ description: 'Of the pixels that the coordinates count' }),
  })
  .meta({
    id: 'CoordinateFrame',
    description:
      'What coordinates count: x of the slide is region.x + x of the image * region.width / width of the image',
  });

export const CellFeatures = z
  .object({
    type: z.literal('FeatureCollection'),
    restain: CoordinateFrame.extend({
      kinds_made_by: z.string().optional().meta({ description: 'As `made_by` of `TumourCount`' }),
    }).meta({ description: 'A foreign member: what the coordinates of this file count, and how kinds were told' }),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        id: z.uuid().meta({ description: 'Follows from the place on the slide: the same nucleus, the same id' }),
        geometry: z.discriminatedUnion('type', [
          z.object({ type: z.literal('Polygon'), coordinates: z.array(ring) }),
          z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(ring)) }),
        ]),
        properties: z.object({
          objectType: z.enum(['detection', 'annotation']),
          name: z.string(),
          classification: z.object({
            name: z.union([z.enum(CLASS_NAMES), z.string().regex(/: (Positive|Negative)$/)]).meta({
              description: 'With `geojson_classes=kinds` also names of taught classes, as `DCIS: Positive`',
            }),
            color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
          }),
          isLocked: z.boolean(),
          measurements: z.record(z.string(), z.number()),
        }),
      }),
    ),
  })
  .meta({ id: 'CellFeatures', description: `The nuclei as GeoJSON that QuPath reads as detections; ${CORNERS}` });
export type CellFeatures = z.infer<typeof CellFeatures>;

/** Answer of `/api/infer` and `/api/postprocess`, and the `result` of a finished task. */
export const InferResult = z
  .object({
    images: z.partialRecord(z.enum(IMAGE_NAMES), base64Png),
    scoring: Scoring.optional().meta({ description: 'Absent with `nopost`' }),
    percent_pos_interval: point
      .optional()
      .meta({ description: '95 % Wilson interval of percent_pos', example: [3.6, 13.2] }),
    ...ScoreSummary.partial().shape,
    provenance: ProvenanceAnswer,
    warnings: z.array(WarningAnswer).meta({ description: 'What readers of the numbers should know' }),
    coordinates: CoordinateFrame.optional().meta({
      description: 'With `include` or a hot spot: what `cells`, `geojson` and `hot_spot` count',
    }),
    cells: z.array(Cell).optional().meta({ description: 'With `include=cells`: the kept nuclei' }),
    geojson: CellFeatures.optional().meta({ description: 'With `include=geojson`' }),
  })
  .meta({ id: 'InferResult' });
export type InferResult = z.infer<typeof InferResult>;
