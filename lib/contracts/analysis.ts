import { z } from 'zod';
import { Classifier, refuseUnnamed, TeachingFields } from './classifier';
import { edgeFields } from './edge-choice';
import { IMAGE_NAMES, ProvenanceAnswer, Scoring, SelectionAnswer, SlideRegion, WarningAnswer } from './infer';
import { CHANNELS, MICRONS_PER_PIXEL_RANGE, RESOLUTIONS, type Resolution, SELECTION_MAX } from './picture-choice';
import { Problem } from './problem';
import { refuseContradictions, ScoreSummary, summaryFields } from './scores';
import { STAGES } from './task';
import { thresholdFields } from './thresholds';
import { Upload } from './upload';

/** A client states the accepted terms of use in a cookie (the site) or a header (programs). Uploads need one of them. */
export const TERMS_COOKIE = 'restain-terms';
export const TERMS_HEADER = 'Restain-Terms';
export const TERMS_VERSION = '1';

const ANALYSIS_STATES = ['uploading', 'ready', 'queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type AnalysisState = (typeof ANALYSIS_STATES)[number];

/** 128 bits in base64url: of the edit link random, of the view link made from that one so that it does not lead back. */
export const AnalysisId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .meta({
    description: 'Unguessable id of the analysis: that of its edit link, or of its view link',
    example: '5cT2nX0hY1dQk3VJw9rZbA',
  });
export const AnalysisPath = z.object({ id: AnalysisId });

const SLIDE_ID = /^[A-Za-z0-9_-]{22}$/;

export const SampleName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .meta({ description: 'Name of a shipped sample image', example: 'ki67-low' });

const point = z.tuple([z.number(), z.number()]);
export const MAX_REGIONS = 500;
const MAX_RING_VERTICES = 20_000;
/** Of all regions together. It limits the time that testing nuclei against regions takes. */
const MAX_VERTICES = 100_000;
export const MAX_CORRECTIONS = 20_000;

/** Checked in a loop: a schema for each of hundreds of thousands of numbers blocks the server's thread for seconds. */
const ring = z
  .custom<[x: number, y: number][]>(
    (value) =>
      Array.isArray(value) &&
      value.length >= 4 &&
      value.length <= MAX_RING_VERTICES &&
      value.every((at) => Array.isArray(at) && at.length === 2 && Number.isFinite(at[0]) && Number.isFinite(at[1])),
    { error: `expected a ring of 4 to ${MAX_RING_VERTICES} positions [x, y]` },
  )
  .meta({
    override: {
      type: 'array',
      items: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
      minItems: 4,
      maxItems: MAX_RING_VERTICES,
    },
  });

function boundVertices(regions: { rings: [number, number][][] }[], context: z.RefinementCtx): void {
  const vertices = regions.flatMap(({ rings }) => rings).reduce((sum, { length }) => sum + length, 0);
  if (vertices <= MAX_VERTICES) return;
  const message = `all regions together may have ${MAX_VERTICES} vertices, these have ${vertices}`;
  context.addIssue({ code: 'custom', message });
}

/** A region that a person drew; `rings` as in GeoJSON (outer ring first, then holes), image pixels, x right, y down. */
export const Region = z
  .object({
    id: z.string().max(64),
    name: z.string().max(200),
    kind: z.enum(['include', 'exclude']),
    shape: z.enum(['rectangle', 'polygon', 'freehand', 'hotspot']),
    enabled: z.boolean(),
    rings: z.array(ring).min(1).max(100),
  })
  .meta({
    id: 'Region',
    description: 'With include regions only what lies in one of them counts; never what is excluded',
  });
export type Region = z.infer<typeof Region>;

/**
 * A correction by hand. It names a point, not a number of a nucleus, so that it holds for other thresholds too: it
 * belongs to the nucleus that covers the point. Corrections are applied in order.
 */
const place = { x: z.number(), y: z.number() };
const stroke = { ...place, x2: z.number(), y2: z.number() };
const pointCorrections = [
  z.object({ kind: z.literal('class'), ...place, positive: z.boolean() }),
  z.object({ kind: z.literal('delete'), ...place }),
  z.object({ kind: z.literal('add'), ...place, positive: z.boolean() }),
] as const;
const IN_PIXELS = 'In image pixels, x to the right, y down';

/** Those of a slide. */
export const PointCorrection = z
  .discriminatedUnion('kind', pointCorrections)
  .meta({ id: 'PointCorrection', description: IN_PIXELS });
export type PointCorrection = z.infer<typeof PointCorrection>;

/** Those of a picture: nuclei are cut and joined, too. */
export const Correction = z
  .discriminatedUnion('kind', [
    ...pointCorrections,
    z.object({ kind: z.literal('split'), ...stroke }),
    z.object({ kind: z.literal('join'), ...stroke }),
  ])
  .meta({
    id: 'Correction',
    description: `${IN_PIXELS}. \`split\` cuts the nucleus that the line from (x, y) to (x2, y2) covers most, along that line; \`join\` makes one of the two nuclei at these points, which must touch`,
  });
export type Correction = z.infer<typeof Correction>;

/** How nuclei are found, gated, counted and graded; what is left out is the model's own choice, or the default. */
export const ScoringParameters = z
  .strictObject({
    ...thresholdFields,
    ...summaryFields,
    ...edgeFields,
    regions: z.array(Region).max(MAX_REGIONS).superRefine(boundVertices).optional(),
    corrections: z.array(Correction).max(MAX_CORRECTIONS).optional(),
    teaching: TeachingFields.optional(),
    classifier: Classifier.optional().meta({ description: 'Taught on other images; `teaching` starts from it' }),
  })
  .superRefine(refuseContradictions)
  .superRefine(refuseUnnamed)
  .meta({ id: 'ScoringParameters' });
export type ScoringParameters = z.infer<typeof ScoringParameters>;

/** Body of `POST /api/analyses`: an image that will be sent, or a shipped sample. */
export const CreateAnalysis = z
  .union([
    z.strictObject({
      bytes: z.int().min(1).meta({ description: 'Exact size of the file that will be sent' }),
      type: z
        .string()
        .max(100)
        .regex(/^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/)
        .default('application/octet-stream')
        .meta({ description: 'Its media type. Sent back with the bytes, and not believed', example: 'image/png' }),
    }),
    z.strictObject({ sample: SampleName }),
    z.strictObject({
      slide: z
        .string()
        .regex(SLIDE_ID)
        .meta({ description: 'Id of a kept slide that is ready, by its edit link or its view link' }),
      region: SlideRegion.meta({ description: 'Pixels of its full resolution, which are taken at once' }),
      scoring: ScoringParameters.optional().meta({
        description: 'How it is scored where its start says nothing of that. Regions are in pixels of `region`',
      }),
    }),
  ])
  .meta({ id: 'CreateAnalysis' });
export type CreateAnalysis = z.input<typeof CreateAnalysis>;

/**
 * Body of `PUT /api/analyses/{id}/scoring`: the parameters, and the revision of the result that they replace.
 *
 * If the result has another revision by then, nothing changes and the answer is 409 `revision_conflict` with
 * `current_revision`. To replace that one, read the analysis again and send its revision. Without `expected_revision` the
 * last request wins.
 */
export const UpdateScoring = ScoringParameters.safeExtend({
  expected_revision: z.int().min(1).optional().meta({
    description: '`result.revision` that these parameters replace; 409 `revision_conflict` when it is another',
  }),
}).meta({ id: 'UpdateScoring' });
export type UpdateScoring = z.infer<typeof UpdateScoring>;

/** Body of `PUT /api/analyses/{id}/draft`: changes that are not saved in the result yet. */
export const SaveDraft = ScoringParameters.safeExtend({
  base_revision: z.int().min(1).meta({ description: '`result.revision` that they were made on' }),
}).meta({ id: 'SaveDraft' });
export type SaveDraft = z.infer<typeof SaveDraft>;

/** Kept until the result is updated, or the draft or the analysis is deleted. */
export const AnalysisDraft = SaveDraft.safeExtend({ saved_at: z.iso.datetime() }).meta({ id: 'AnalysisDraft' });
export type AnalysisDraft = z.infer<typeof AnalysisDraft>;

const resolutions = Object.keys(RESOLUTIONS) as [Resolution, ...Resolution[]];

const series = z.int().min(0).max(SELECTION_MAX).meta({ description: 'Number of an image of the file' });
const plane = z.int().min(0).max(SELECTION_MAX).meta({ description: 'Focal plane, from 0' });

/** Body of `POST /api/analyses/{id}/start`. */
export const StartAnalysis = z
  .strictObject({
    resolution: z.enum(resolutions).optional(),
    microns_per_pixel: z
      .number()
      .min(MICRONS_PER_PIXEL_RANGE.min)
      .max(MICRONS_PER_PIXEL_RANGE.max)
      .optional()
      .meta({ description: 'Pixel size in µm; wins over `resolution`' }),
    model: z.string().max(100).optional(),
    marker: summaryFields.marker.meta({
      description: 'What the slide is stained for; the same as `scoring.marker`, which it replaces',
    }),
    scoring: ScoringParameters.optional(),
    series: series.optional(),
    plane: plane.optional(),
    channels: z.enum(CHANNELS).optional().meta({
      description: '`rgb`: the unnamed channels of the image are red, green and blue. Without it one is not started',
    }),
    level: z
      .int()
      .min(0)
      .max(SELECTION_MAX)
      .optional()
      .meta({ description: 'Of the pyramid; 0, the full resolution, when left out' }),
    region: SlideRegion.optional(),
  })
  .meta({
    id: 'StartAnalysis',
    description:
      '`series`, `plane`, `level` and `region` choose among what `source.slide` offers; without a pixel size the ' +
      'file’s own is taken, else 20x, always of the full resolution',
  });
export type StartAnalysis = z.infer<typeof StartAnalysis>;

/** Body of `PUT /api/analyses/{id}/shown`. What is left out is chosen as for a new file. */
export const ShowImage = z
  .strictObject({ series: series.optional(), plane: plane.optional() })
  .meta({ id: 'ShowImage' });
export type ShowImage = z.infer<typeof ShowImage>;

/** Answer of `GET /api/analyses/{id}/magnification`: what the nuclei look like. */
export const LikelyMagnification = z
  .object({
    resolution: z.enum(resolutions).nullable().meta({ description: 'null where the nuclei do not tell it' }),
    nucleus_diameter_px: z
      .number()
      .nullable()
      .meta({ description: 'Of the circle with the median area, in pixels of the image; null with `resolution`' }),
  })
  .meta({ id: 'LikelyMagnification' });
export type LikelyMagnification = z.infer<typeof LikelyMagnification>;

/** Body of `PUT /api/analyses/{id}/feedback`. */
export const Feedback = z
  .strictObject({ rating: z.int().min(1).max(5), note: z.string().max(4000).default('') })
  .meta({ id: 'Feedback', description: 'What somebody thinks of this result; kept as long as the result' });
export type Feedback = z.infer<typeof Feedback>;

/** Pictures of an analysis, each a PNG of the image's size. `Original` is the source as it was analysed. */
export const PICTURE_NAMES = ['Original', ...IMAGE_NAMES] as const;
export type PictureName = (typeof PICTURE_NAMES)[number];

const url = z.string().meta({ description: 'Good for one GET of this object, for minutes; relative or absolute' });

const size = { width: z.int().min(1), height: z.int().min(1) };

/** What a file offers to choose from. Numbers only: no text of the file is passed on. */
export const SlideChoices = z
  .object({
    images: z.array(
      z.object({
        series,
        ...size,
        microns_per_pixel: z.number().nullable(),
        planes: z.int().min(1).meta({ description: 'Focal planes' }),
        channels: z.literal('unnamed').optional().meta({
          description:
            'Three channels without names, which might be fluorescence: shown as red, green and blue, and started only with `channels: rgb`',
        }),
        levels: z
          .array(z.object({ ...size, downsample: z.number().min(1) }))
          .meta({ description: 'Of the pyramid, the full resolution first' }),
      }),
    ),
    series: series.meta({
      description: 'The image that the thumbnail shows, and that is analysed unless another is named',
    }),
    plane: plane.meta({ description: 'Its focal plane, likewise' }),
    max_pixels: z.int().min(1).meta({ description: 'How many pixels can be analysed at once' }),
  })
  .meta({ id: 'SlideChoices' });
export type SlideChoices = z.infer<typeof SlideChoices>;

/** Whether a person has to say which picture of a file is meant, or what its channels are. */
export const hasPictureChoice = ({ images }: Pick<SlideChoices, 'images'>): boolean =>
  images.length > 1 || images.some(({ planes, channels }) => planes > 1 || channels === 'unnamed');

export const AnalysisSource = z
  .object({
    ...size,
    microns_per_pixel: z
      .number()
      .nullable()
      .meta({ description: 'The pixel size that the file states of its full resolution, when it does' }),
    microns_per_pixel_source: z.string().nullable().meta({ description: 'Where in the file it stands' }),
    thumbnail: z.object({ url, ...size }),
    url: url.nullable().meta({ description: 'The image itself, without metadata, as PNG; null until it is chosen' }),
    slide: SlideChoices.nullable().meta({
      description:
        'Of a file of a slide format, with a pyramid, several images or planes, or too large to be analysed whole, until it is started',
    }),
    selection: SelectionAnswer.nullable().meta({ description: 'What was chosen of such a file' }),
    warnings: z
      .array(WarningAnswer)
      .meta({ description: 'Doubts about the file and its pixels; every result repeats them' }),
  })
  .meta({ id: 'AnalysisSource' });
export type AnalysisSource = z.infer<typeof AnalysisSource>;

export const AnalysisProgress = z
  .object({
    queue_position: z.int().min(0).meta({ description: 'Analyses that start before this one' }),
    stage: z.enum(STAGES).nullable().meta({ description: 'What is being done, while running' }),
    tiles_done: z.int().min(0),
    tiles: z.int().min(0).meta({ description: '0 until it is known' }),
  })
  .meta({ id: 'AnalysisProgress' });
export type AnalysisProgress = z.infer<typeof AnalysisProgress>;

export const AnalysisResult = z
  .object({
    revision: z.int().min(1).meta({
      description: 'Counts the results of an analysis: 1 is the first, each update or new run has the next',
    }),
    pictures: z.partialRecord(z.enum(PICTURE_NAMES), z.object({ url })),
    scoring: Scoring,
    percent_pos_interval: point.meta({ description: '95 % Wilson interval of percent_pos' }),
    // Absent from results of version 0.1.0.
    ...ScoreSummary.partial().shape,
    corrections: z
      .object({
        class: z.int().min(0),
        delete: z.int().min(0),
        add: z.int().min(0),
        // Absent from results of earlier versions.
        split: z.int().min(0).default(0),
        join: z.int().min(0).default(0),
      })
      .meta({ description: 'Corrections that found their nucleus, by kind' }),
    provenance: ProvenanceAnswer,
    warnings: z.array(WarningAnswer),
    defaults: z
      .strictObject(thresholdFields)
      .required()
      .meta({ description: "The model's own thresholds, which replace parameters that are left out" }),
  })
  .meta({ id: 'AnalysisResult' });
export type AnalysisResult = z.infer<typeof AnalysisResult>;

/** Answer of every analysis endpoint: everything that is known, with fresh URLs. */
export const Analysis = z
  .object({
    id: AnalysisId,
    view_id: AnalysisId.nullable().meta({
      description:
        'Of the view link: whoever has it may look, and change nothing; null of an analysis that an earlier version began',
    }),
    may_edit: z.boolean().meta({ description: 'Whether `id` is that of the edit link' }),
    state: z.enum(ANALYSIS_STATES),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().meta({ description: 'When every trace of it is deleted, unless that happens before' }),
    urls_expire_at: z.iso
      .datetime()
      .meta({ description: 'When the URLs in this answer stop working; GET gives new ones' }),
    sample: SampleName.nullable(),
    upload: Upload.optional().meta({ description: 'While uploading, in the answers of create and of GET .../upload' }),
    source: AnalysisSource.nullable().meta({ description: 'null until the upload is verified' }),
    started: StartAnalysis.nullable().meta({ description: 'What it was started with' }),
    scoring: ScoringParameters.meta({ description: 'The parameters, regions and corrections of the latest result' }),
    progress: AnalysisProgress.optional().meta({ description: 'While queued or running' }),
    problem: Problem.optional().meta({ description: 'When failed: why' }),
    can_retry: z.boolean().meta({ description: 'Whether POST .../retry may succeed' }),
    result: AnalysisResult.optional().meta({ description: 'When done' }),
    draft: AnalysisDraft.nullable().meta({
      description: 'Changes that were made and not written into the result yet; null by the view link',
    }),
    feedback: Feedback.nullable().meta({ description: 'null by the view link' }),
  })
  .meta({ id: 'Analysis' });
export type Analysis = z.infer<typeof Analysis>;

/** Paths of the endpoints. All answer an `Analysis`, except DELETE, which answers 204, `magnification` and `thumbnail`. By a view link
 * GET alone is answered. */
export const analysisPaths = {
  /** POST `CreateAnalysis` -> 201. With a sample it is `ready` at once. Otherwise the client sends the parts of `upload`. */
  create: '/api/analyses',
  /** GET; DELETE removes every trace at once. */
  one: (id: string) => `/api/analyses/${id}`,
  /** GET: a small picture, WebP. */
  thumbnail: (id: string) => `/api/analyses/${id}/thumbnail`,
  /** GET: the parts that are still missing, with fresh URLs. */
  upload: (id: string) => `/api/analyses/${id}/upload`,
  /** POST after the last part: checks the bytes, removes all metadata, makes the thumbnail -> `ready`. */
  verify: (id: string) => `/api/analyses/${id}/verify`,
  /** PUT `ShowImage`: makes the thumbnail of another image or plane of the file. */
  shown: (id: string) => `/api/analyses/${id}/shown`,
  /** GET -> `LikelyMagnification`: the magnification that the nuclei look like, for an image that states none. */
  magnification: (id: string) => `/api/analyses/${id}/magnification`,
  /** POST `StartAnalysis` -> 202 `queued`. A finished analysis runs again. */
  start: (id: string) => `/api/analyses/${id}/start`,
  /** POST: stops a queued or running analysis. */
  cancel: (id: string) => `/api/analyses/${id}/cancel`,
  /** POST: starts a failed or cancelled analysis again with the same options -> 202. */
  retry: (id: string) => `/api/analyses/${id}/retry`,
  /** PUT `UpdateScoring`: makes new final pictures and numbers from the stored maps, and waits for them. */
  scoring: (id: string) => `/api/analyses/${id}/scoring`,
  /** GET: a file of the result by its name, see `exports.ts`. */
  export: (id: string, name: string) => `/api/analyses/${id}/exports/${name}`,
  /** PUT `SaveDraft`: keeps changes until `scoring` saves them in the result. DELETE drops them -> 204. */
  draft: (id: string) => `/api/analyses/${id}/draft`,
  /** PUT `Feedback`. */
  feedback: (id: string) => `/api/analyses/${id}/feedback`,
} as const;
