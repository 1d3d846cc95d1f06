import { z } from 'zod';
import { AnalysisId, AnalysisProgress, SampleName, StartAnalysis } from './analysis';
import { Classifier } from './classifier';
import { edgeFields } from './edge-choice';
import { ProvenanceAnswer, Scoring, WarningAnswer } from './infer';
import { Problem } from './problem';
import { refuseContradictions, ScoreSummary, summaryFields } from './scores';
import { thresholdFields } from './thresholds';

/** How many analyses a batch may have. */
export const MAX_BATCH_ANALYSES = 1000;

/** How many reports one document for printing may have: its pages are in memory until it is written. */
export const MAX_BATCH_REPORTS = 100;

/** 128 random bits in base64url. Whoever knows the id may read, change and delete the batch and its analyses. */
export const BatchId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .meta({ description: 'Unguessable id of the batch', example: '9QmJ7p0cTf2nXhYw1dZrbA' });
export const BatchPath = z.object({ id: BatchId });

const analyses = z.array(AnalysisId).max(MAX_BATCH_ANALYSES);

/** What one request can ask of many images. Outlines and corrections belong to one image, and may be large. */
const SharedScoring = z
  .strictObject({ ...thresholdFields, ...summaryFields, ...edgeFields, classifier: Classifier.optional() })
  .superRefine(refuseContradictions)
  .meta({ id: 'SharedScoring', description: 'Parameters of scoring without regions, corrections and clicks' });

const BatchOptions = StartAnalysis.extend({ scoring: SharedScoring.optional() }).meta({
  id: 'BatchOptions',
  description: 'As `StartAnalysis`, without regions, corrections and clicks: these belong to one image',
});
export type BatchOptions = z.infer<typeof BatchOptions>;

/** Body of `POST /api/batches`. */
export const CreateBatch = z
  .strictObject({
    analyses: analyses.default([]).meta({ description: 'Analyses of the batch, in this order. More can be added' }),
    options: BatchOptions.optional().meta({
      description: 'Runs each analysis with these options as soon as it is ready. Without them nothing runs yet',
    }),
  })
  .meta({ id: 'CreateBatch' });
export type CreateBatch = z.input<typeof CreateBatch>;

/** Body of `POST /api/batches/{id}/analyses`. */
export const AddToBatch = z.strictObject({ analyses: analyses.min(1) }).meta({ id: 'AddToBatch' });
export type AddToBatch = z.infer<typeof AddToBatch>;

/** Body of `POST /api/batches/{id}/rerun`. */
export const RerunBatch = z
  .strictObject({
    analyses: analyses
      .min(1)
      .optional()
      .meta({ description: 'Which analyses of the batch run; all when left out. What was found before is replaced' }),
    options: BatchOptions.default({}),
  })
  .meta({ id: 'RerunBatch' });
export type RerunBatch = z.input<typeof RerunBatch>;

const ROW_STATES = [
  'uploading',
  'ready',
  'waiting',
  'queued',
  'running',
  'done',
  'failed',
  'cancelled',
  'deleted',
] as const;
export type BatchRowState = (typeof ROW_STATES)[number];

export const BatchRow = z
  .object({
    number: z.int().min(1).meta({ description: 'Place in the batch, from 1' }),
    analysis: AnalysisId,
    state: z.enum(ROW_STATES).meta({
      description:
        'As of an analysis. `waiting`: it runs when those before it have ended. `deleted`: it is there no more',
    }),
    sample: SampleName.nullable(),
    source: z
      .object({
        width: z.int().min(1),
        height: z.int().min(1),
        microns_per_pixel: z.number().nullable().meta({ description: 'As the file states it' }),
        thumbnail: z.string().meta({ description: 'Good for one GET, for minutes; relative or absolute' }),
        needs_choice: z
          .boolean()
          .meta({ description: 'Whether an image of the file is to be chosen, or a region of one that is too large' }),
        warnings: z.array(WarningAnswer),
      })
      .nullable()
      .meta({ description: 'null until the upload is verified' }),
    started: BatchOptions.nullable().meta({
      description: 'What the latest run was started with, without regions and corrections',
    }),
    progress: AnalysisProgress.optional().meta({ description: 'While queued or running' }),
    problem: Problem.optional().meta({ description: 'When failed: why' }),
    result: z
      .object({
        scoring: Scoring,
        percent_pos_interval: z.tuple([z.number(), z.number()]),
        ...ScoreSummary.partial().shape,
        microns_per_pixel: ProvenanceAnswer.shape.microns_per_pixel,
        model: ProvenanceAnswer.shape.model,
        warnings: z.array(WarningAnswer),
      })
      .optional()
      .meta({ description: 'When done' }),
  })
  .meta({ id: 'BatchRow' });
export type BatchRow = z.infer<typeof BatchRow>;

/** Answer of every batch endpoint. */
export const Batch = z
  .object({
    id: BatchId,
    created_at: z.iso.datetime(),
    expires_at: z.iso
      .datetime()
      .meta({ description: 'When the batch is deleted. Each analysis has a time of its own' }),
    is_running: z.boolean().meta({ description: 'Whether an analysis waits or runs' }),
    rows: z.array(BatchRow).meta({ description: 'One for each analysis, in order' }),
  })
  .meta({ id: 'Batch' });
export type Batch = z.infer<typeof Batch>;

/** Paths of the endpoints. All answer a `Batch`, except DELETE, which answers 204, and the files. */
export const batchPaths = {
  /** POST `CreateBatch` -> 201. */
  create: '/api/batches',
  /** GET; DELETE removes every trace of the batch and of its analyses. */
  one: (id: string) => `/api/batches/${id}`,
  /** POST `AddToBatch`. */
  analyses: (id: string) => `/api/batches/${id}/analyses`,
  /** POST `RerunBatch` -> 202. */
  rerun: (id: string) => `/api/batches/${id}/rerun`,
  /** POST: stops what waits and what runs. */
  cancel: (id: string) => `/api/batches/${id}/cancel`,
  /** GET: one row an analysis. */
  table: (id: string) => `/api/batches/${id}/table.csv`,
  /** GET: the table, and the files of every result. */
  archive: (id: string) => `/api/batches/${id}/all.zip`,
  /** GET: the report of every result, in one document. */
  reports: (id: string) => `/api/batches/${id}/reports.pdf`,
} as const;
