import { z } from 'zod';
import { Annotation, MAX_ANNOTATIONS } from './annotation';
import { WarningAnswer } from './infer';
import { MICRONS_PER_PIXEL_RANGE } from './picture-choice';
import { Problem } from './problem';
import { thresholdFields } from './thresholds';

const SIDE_MAX = 2 ** 31 - 1;

/** Which part of a slide is scored. */
export const ScoringScope = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('annotations'),
      ids: z.array(Annotation.shape.id).min(1).max(MAX_ANNOTATIONS),
    }),
    z.strictObject({ kind: z.literal('tumour') }).meta({ description: 'All annotations of the class `tumour`' }),
    z.strictObject({ kind: z.literal('slide') }).meta({
      description: 'All annotations of the class `tissue`; everything but glass where there is none',
    }),
    z.strictObject({ kind: z.literal('scored') }).meta({
      description: 'All that was scored before with other thresholds: nothing is inferred again',
    }),
    z.strictObject({
      kind: z.literal('rectangle'),
      x: z.int().min(0).max(SIDE_MAX),
      y: z.int().min(0).max(SIDE_MAX),
      width: z.int().min(1).max(SIDE_MAX),
      height: z.int().min(1).max(SIDE_MAX),
    }),
  ])
  .meta({ id: 'ScoringScope' });
export type ScoringScope = z.infer<typeof ScoringScope>;

/** Body of `POST /api/slides/{id}/scorings`. */
export const StartScoring = z
  .strictObject({
    scope: ScoringScope,
    microns_per_pixel: z.number().min(MICRONS_PER_PIXEL_RANGE.min).max(MICRONS_PER_PIXEL_RANGE.max).optional().meta({
      description: 'Pixel size of the full resolution. It is written into the settings of the slide',
    }),
  })
  .meta({ id: 'StartScoring' });
export type StartScoring = z.infer<typeof StartScoring>;

export const ScoringId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{12}$/)
  .meta({ description: 'Id of a scoring of this slide' });

export const SCORING_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type ScoringState = (typeof SCORING_STATES)[number];

/** Squares of the slide from its upper left corner on. Nuclei are found, stored and sent by them. */
export const CellGrid = z
  .object({
    side: z.int().min(1).meta({ description: 'Pixels of the full resolution' }),
    columns: z.int().min(1),
    rows: z.int().min(1),
  })
  .meta({ id: 'CellGrid' });
export type CellGrid = z.infer<typeof CellGrid>;

/** A run that finds the nuclei of a part of a slide. What was found before is not found again. */
export const SlideScoring = z
  .object({
    id: ScoringId,
    scope: ScoringScope,
    state: z.enum(SCORING_STATES),
    created_at: z.iso.datetime(),
    annotations_revision: z.int().min(0),
    settings_revision: z.int().min(0),
    model: z.string().meta({ example: 'restain-ihc@0.11.0' }),
    pinned: z
      .object({
        network_sha256: z.array(z.string()),
        precision: z.string().meta({ example: 'int8' }),
        graph_optimisation: z.string(),
        provider: z.string().meta({ description: 'Class of execution provider', example: 'cpu' }),
      })
      .meta({ description: 'What every cell is made by, on whatever machine' }),
    microns_per_pixel: z.number(),
    grid: CellGrid,
    progress: z.object({
      queue_position: z.int().min(0).meta({ description: 'Scorings that start before this one' }),
      cells_done: z.int().min(0),
      cells: z.int().min(0).meta({ description: 'That the scope touches' }),
      seconds_left: z.number().nullable().meta({ description: 'An estimate, once some cells are done' }),
    }),
    problem: Problem.optional().meta({ description: 'When failed: why' }),
    warnings: z.array(WarningAnswer),
  })
  .meta({ id: 'SlideScoring' });
export type SlideScoring = z.infer<typeof SlideScoring>;

export const SlideScorings = z
  .object({ scorings: z.array(SlideScoring) })
  .meta({ id: 'SlideScorings', description: 'The latest first' });
export type SlideScorings = z.infer<typeof SlideScorings>;

/**
 * Answer of `GET /api/slides/{id}/nuclei`, a stream: for each cell its length in bytes as a little-endian uint32, then so
 * many bytes of `lib/exchange/slide-nuclei.ts`. The headers say what it is of.
 */
export const NUCLEI_HEADERS = {
  /** To be sent as `after` to get the cells that are finished later. */
  cursor: 'Restain-Cursor',
  /** Names the settings that the nuclei follow from. Where it changes, what was read before is of no use any more. */
  key: 'Restain-Nuclei-Key',
  /** A `NucleiPlan` as JSON. */
  plan: 'Restain-Plan',
} as const;

/** How the nuclei of a slide are found and counted where nobody has said otherwise, and which cells need no file. */
export const NucleiPlan = z
  .object({
    grid: CellGrid,
    microns_per_pixel: z.number(),
    glass: z.string().meta({
      description:
        'Cells of glass alone, which have no file: one bit each, row by row, the lowest of a byte first, in base64. Empty until it is known',
    }),
    defaults: z
      .strictObject(thresholdFields)
      .required()
      .meta({ description: 'Thresholds that are used where the settings state none' }),
  })
  .meta({ id: 'NucleiPlan' });
export type NucleiPlan = z.infer<typeof NucleiPlan>;

export const NucleiQuery = z.strictObject({
  after: z
    .string()
    .max(4096)
    .regex(/^[A-Za-z0-9_.-]*$/)
    .optional()
    .meta({ description: 'The cursor of an earlier answer: only cells that were finished after it are sent' }),
});

/** Paths of the endpoints that score a kept slide. */
export const slideScoringPaths = {
  /** GET `SlideScorings`; POST `StartScoring` -> 202 `SlideScoring`. */
  scorings: (id: string) => `/api/slides/${id}/scorings`,
  /** GET `SlideScoring`. */
  scoring: (id: string, scoring: string) => `/api/slides/${id}/scorings/${scoring}`,
  /** POST -> `SlideScoring`. */
  cancelScoring: (id: string, scoring: string) => `/api/slides/${id}/scorings/${scoring}/cancel`,
  /** GET `SlideSettings`; PUT `SaveSlideSettings` -> `SlideSettings`. */
  settings: (id: string) => `/api/slides/${id}/settings`,
  /** GET a stream of cells, see `NUCLEI_HEADERS`. */
  nuclei: (id: string) => `/api/slides/${id}/nuclei`,
  /** GET the numbers as JSON. */
  scores: (id: string) => `/api/slides/${id}/scores`,
} as const;
