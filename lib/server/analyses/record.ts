import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  AnalysisResult,
  type PictureName,
  ScoringParameters,
  SlideChoices,
  StartAnalysis,
} from '@/lib/contracts/analysis';
import { SelectionAnswer, WarningAnswer } from '@/lib/contracts/infer';
import { Problem } from '@/lib/contracts/problem';
import { MODALITY_PICTURES } from '@/lib/models/modalities';
import type { PixelsInFile } from '@/lib/server/results/choose-pixel-size';
import { runKeys } from '@/lib/server/runs/run-status';

/**
 * An analysis as it lies in storage: objects under one id. Each object has one writer at a time, so that several
 * servers over one storage never undo what another has written:
 *
 * - `record.json`: what a person asked for. Written by the requests that create, verify and start.
 * - `runs/<run>/attempts/`, `runs/<run>/cancel.json`: how a run stands (`lib/server/runs/run-status.ts`).
 * - `runs/<run>/results/<revision>/result.json`: numbers and parameters, and where the pictures drawn for them lie. Written once,
 *   at the end of the run and by each update; the highest counts.
 * - `feedback.json`
 * - `draft/current.json`: changes that a page keeps here until it writes them into the result. The last one to send wins.
 *
 * Under the id of the view link there is `view.json` alone, which names the analysis. So whatever changes an analysis by its id finds
 * nothing to change there.
 */
export const keysOf = (id: string) => {
  const folder = `analyses/${id}/`;
  return {
    folder,
    record: `${folder}record.json`,
    view: `${folder}view.json`,
    feedback: `${folder}feedback.json`,
    drafts: `${folder}draft/`,
    draft: `${folder}draft/current.json`,
    upload: `${folder}upload/`,
    part: (part: number) => `${folder}upload/${part}`,
    /** There as long as parts may come: their links are void without it. */
    open: `${folder}open/upload.json`,
    openFolder: `${folder}open/`,
    source: `${folder}source.png`,
    thumbnails: `${folder}thumbnails/`,
    /** Named by what it shows: a page would keep showing what it has from the same address. */
    thumbnail: (name: string) => `${folder}thumbnails/${name}.webp`,
    runs: `${folder}runs/`,
    run: (run: string) => {
      const inRun = `${folder}runs/${run}/`;
      return {
        ...runKeys(inRun),
        results: `${inRun}results/`,
        revision: (revision: number) => `${inRun}results/${revision}/`,
        result: (revision: number) => `${inRun}results/${revision}/result.json`,
        map: (name: string) => `${inRun}maps/${name}.png`,
        /** Where version 0.1.0 kept the one result. */
        onlyResult: `${inRun}result.json`,
        drawings: (drawing: string) => `${inRun}${drawing}/`,
        drawn: (drawing: string, name: string) => `${inRun}${drawing}/${name}.png`,
      };
    },
  };
};

export type KeysOfRun = ReturnType<ReturnType<typeof keysOf>['run']>;

/** Everything of every analysis. */
export const ANALYSES_FOLDER = 'analyses/';

/** 72 random bits: no two are the same. */
export const createShortId = () => randomBytes(9).toString('base64url');

/** A random name, not the revision: two drawings that are made at once must not mix. */
export const createDrawing = () => `drawings/${createShortId()}`;

/** 128 random bits: nobody can guess the id of an analysis. */
export const createId = () => randomBytes(16).toString('base64url');

/** The id of the view link. Whoever has it cannot find the edit link. */
export const viewIdOf = (id: string) =>
  createHash('sha256').update(`restain view ${id}`).digest().subarray(0, 16).toString('base64url');

/** What lies under the id of a view link. */
export const StoredView = z.object({ analysis: z.string(), expiresAt: z.iso.datetime() });

/** What was found in a file that offers a choice; the upload is kept until it is made. */
export const StoredSlide = SlideChoices.omit({ max_pixels: true });
export type StoredSlide = z.infer<typeof StoredSlide>;

export const StoredSource = z.object({
  width: z.int(),
  height: z.int(),
  /** Of the full resolution. */
  micronsPerPixel: z.number().nullable(),
  micronsPerPixelSource: z.string().nullable(),
  thumbnail: z.object({ name: z.string(), width: z.int(), height: z.int() }),
  /** Not null: the pixels have not been taken yet. */
  slide: StoredSlide.nullable(),
  selection: SelectionAnswer.nullable(),
  /** Doubts of the file, and of its pixels once they are taken. */
  warnings: z.array(WarningAnswer).default([]),
  /** Of the file as it was sent; null of those that earlier versions took in. */
  fileSha256: z.string().nullable().default(null),
});
export type StoredSource = z.infer<typeof StoredSource>;

export const pixelsIn = (source: StoredSource): PixelsInFile => ({
  micronsPerPixel: source.micronsPerPixel,
  statedBy: source.micronsPerPixelSource,
  downsample: source.selection?.downsample ?? 1,
});

export const AnalysisRecord = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  sample: z.string().nullable(),
  /** Whether there is a view link: those that earlier versions began have none. */
  hasView: z.boolean().default(false),
  upload: z.object({ bytes: z.int(), type: z.string() }),
  source: StoredSource.nullable(),
  /** Why the upload was refused. */
  refusal: Problem.nullable(),
  /** Refused for its size alone: the upload stays until the end, since it may become a slide. */
  isForSlide: z.boolean().default(false),
  /** How it is scored where its start says nothing of that; null = as the model does. */
  scoring: ScoringParameters.nullable().default(null),
  /** A run goes on counting where an earlier one ended: a revision never names two results. */
  run: z.object({ id: z.string(), started: StartAnalysis, firstRevision: z.int().min(1).default(1) }).nullable(),
});
export type AnalysisRecord = z.infer<typeof AnalysisRecord>;

/** Results of version 0.1.0 hold sentences alone. */
const StoredWarning = z.union([
  WarningAnswer,
  z.string().transform((detail) => ({ code: 'uncoded' as const, detail })),
]);

/** `maps` names those that the model infers, and that are stored; `drawing` is the folder of those that show this result. */
export const StoredResult = AnalysisResult.omit({ pictures: true }).extend({
  drawing: z.string(),
  maps: z.array(z.enum(MODALITY_PICTURES)),
  parameters: ScoringParameters,
  warnings: z.array(StoredWarning),
});
export type StoredResult = z.infer<typeof StoredResult>;

export const OnlyResult = StoredResult.omit({ drawing: true }).transform(
  (result): StoredResult => ({
    ...result,
    drawing: `revisions/${result.revision}`,
  }),
);

/** Where the pictures of a result lie, in the order in which they are shown. */
export function pictureKeys(id: string, runId: string, { maps, drawing }: StoredResult): [PictureName, string][] {
  const keys = keysOf(id);
  const run = keys.run(runId);
  return [
    ['Original', keys.source],
    ...maps.map((name): [PictureName, string] => [name, run.map(name)]),
    ['SegOverlaid', run.drawn(drawing, 'SegOverlaid')],
    ['SegRefined', run.drawn(drawing, 'SegRefined')],
  ];
}
