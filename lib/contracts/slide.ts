import { z } from 'zod';
import { AnalysisId, AnalysisProgress, CreateAnalysis, SampleName, SlideChoices } from './analysis';
import { WarningAnswer } from './infer';
import { CHANNELS, SELECTION_MAX } from './picture-choice';
import { Problem } from './problem';
import { SlideScoring } from './slide-scoring';
import { Upload } from './upload';

const SLIDE_STATES = ['uploading', 'queued', 'running', 'choosing', 'ready', 'failed', 'cancelled'] as const;
export type SlideState = (typeof SLIDE_STATES)[number];

/** 128 bits in base64url: of the edit link random, of the view link made from that one so that it does not lead back. */
export const SlideId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .meta({ description: 'Unguessable id of the slide: that of its edit link, or of its view link' });
export const SlidePath = z.object({ id: SlideId });

/** Body of `POST /api/slides`: a file that will be sent, one that was sent for an analysis, or a shipped sample. */
export const CreateSlide = z
  .union([
    CreateAnalysis.options[0],
    z.strictObject({
      analysis: AnalysisId.meta({ description: 'An analysis whose file offers a choice: it need not be sent again' }),
    }),
    z.strictObject({
      sample: SampleName.meta({
        description: 'Name of a shipped slide: its ingest begins at once',
        example: 'slide-ki67',
      }),
    }),
  ])
  .meta({ id: 'CreateSlide' });
export type CreateSlide = z.input<typeof CreateSlide>;

/** Body of `POST /api/slides/{id}/ingest`: which image of the file is kept. */
export const IngestSlide = z
  .strictObject({
    series: z.int().min(0).max(SELECTION_MAX).optional().meta({ description: 'Number of an image of the file' }),
    plane: z.int().min(0).max(SELECTION_MAX).optional().meta({ description: 'Focal plane, from 0' }),
    channels: z.enum(CHANNELS).optional().meta({
      description: '`rgb`: the unnamed channels of the image are red, green and blue',
    }),
  })
  .meta({
    id: 'IngestSlide',
    description: 'Needed where the file offers a choice: then the first request leads to the state `choosing`',
  });
export type IngestSlide = z.infer<typeof IngestSlide>;

/** Body of `PUT /api/slides/{id}/retention`. */
export const KeepSlide = z
  .strictObject({ hours: z.int().min(1).max(87_600).meta({ description: 'From now on' }) })
  .meta({ id: 'KeepSlide' });
export type KeepSlide = z.infer<typeof KeepSlide>;

const size = { width: z.int().min(1), height: z.int().min(1) };

/** What is kept of a slide. */
export const SlideDescription = z
  .object({
    ...size,
    levels: z.array(z.object({ ...size, downsample: z.number().min(1) })).meta({
      description: 'Of the pyramid, the full resolution first; each halves the one before',
    }),
    bytes: z.int().min(1).meta({ description: 'Of the stored pyramid' }),
    format: z.string().meta({ description: 'Of the file that was sent', example: 'Aperio SVS' }),
    series: z.int().min(0),
    plane: z.int().min(0),
    microns_per_pixel: z.number().nullable().meta({ description: 'At full resolution, where the file states it' }),
    microns_per_pixel_source: z.string().nullable().meta({ description: 'Where in the file it stands' }),
    magnification: z.number().nullable().meta({ description: 'Of the objective, where the file states it' }),
    is_lossless: z.boolean().meta({
      description: 'Whether the JPEG tiles of the file are kept as they were; else all pixels were encoded anew',
    }),
    profile: z.enum(['none', 'kept', 'applied']).meta({
      description: 'The ICC profile of the file: `kept` in the pyramid without its texts and not applied, or `applied`',
    }),
    damaged_tiles: z
      .array(z.object({ column: z.int().min(0), row: z.int().min(0) }))
      .meta({ description: 'Tiles of the full resolution that cannot be decoded; the first thousand' }),
    file_sha256: z.string(),
    warnings: z.array(WarningAnswer),
  })
  .meta({ id: 'SlideDescription' });
export type SlideDescription = z.infer<typeof SlideDescription>;

/** Answer of every endpoint of slides: everything that is known, with fresh URLs. */
export const Slide = z
  .object({
    id: SlideId.meta({ description: 'The id that was asked for' }),
    view_id: SlideId.meta({ description: 'Of the view link: whoever has it may look, and change nothing' }),
    may_edit: z.boolean(),
    state: z.enum(SLIDE_STATES),
    sample: z.string().nullable().meta({ description: 'Name of the shipped sample that it is; null for an upload' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().meta({ description: 'When every trace of it is deleted, unless that happens before' }),
    latest_expiry: z.iso.datetime().meta({ description: 'Until when its retention can be extended' }),
    urls_expire_at: z.iso
      .datetime()
      .meta({ description: 'When the URLs in this answer stop working; GET gives new ones' }),
    upload: Upload.optional().meta({ description: 'While uploading, in the answers of create and of GET .../upload' }),
    choices: SlideChoices.omit({ max_pixels: true })
      .nullable()
      .meta({ description: 'While choosing: the images and focal planes of the file' }),
    progress: AnalysisProgress.optional().meta({ description: 'While queued or running' }),
    problem: Problem.optional().meta({ description: 'When failed: why' }),
    can_retry: z.boolean().meta({ description: 'Whether POST .../ingest may well succeed' }),
    slide: SlideDescription.nullable().meta({ description: 'When ready' }),
    thumbnail: z
      .object({ url: z.string(), width: z.int(), height: z.int() })
      .nullable()
      .meta({ description: 'When ready: a small picture of the whole slide' }),
    scoring: SlideScoring.nullable().meta({ description: 'The scoring that was started last' }),
    pyramid: z
      .object({ url: z.string(), bytes: z.int().min(1) })
      .nullable()
      .meta({
        description:
          'When ready: a tiled TIFF or BigTIFF of JPEG tiles, to be read in part by HTTP ranges. Good for minutes',
      }),
  })
  .meta({ id: 'Slide' });
export type Slide = z.infer<typeof Slide>;

/** Paths of the endpoints. All answer a `Slide` where nothing else is said; DELETE answers 204. */
export const slidePaths = {
  /** POST `CreateSlide` -> 201. */
  create: '/api/slides',
  /** GET; DELETE removes every trace at once. */
  one: (id: string) => `/api/slides/${id}`,
  /** GET: the parts that are still missing, with fresh URLs. */
  upload: (id: string) => `/api/slides/${id}/upload`,
  /** POST `IngestSlide` after the last part -> 202 `queued`. */
  ingest: (id: string) => `/api/slides/${id}/ingest`,
  /** POST: stops the ingest. */
  cancel: (id: string) => `/api/slides/${id}/cancel`,
  /** PUT `KeepSlide`: extends the retention. */
  retention: (id: string) => `/api/slides/${id}/retention`,
  /** GET -> `Annotations`; PUT `SaveAnnotations` -> `SavedAnnotations`. */
  annotations: (id: string) => `/api/slides/${id}/annotations`,
} as const;
