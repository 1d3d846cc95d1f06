import type { ErrorData } from '@/lib/errors';
import type { ListOptions } from '@/lib/exchange/cells';
import type { StatedSummary } from '@/lib/exchange/score-summary';
import type { DocumentRequest } from '@/lib/exports/documents';
import type { ExportedResult } from '@/lib/exports/exported-result';
import type { Raster } from '@/lib/imaging/raster';
import type { TileWork } from '@/lib/inference/infer-tile';
import type { PictureFacts } from '@/lib/inference/picture-facts';
import type { ModelManifest } from '@/lib/models/manifest';
import type { Band, BandNuclei } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { ImageScore, Scene, ScoringRequest } from '@/lib/scoring/score-image';

/** ONNX Runtime execution providers, in the order they are tried. */
export const PROVIDERS = ['cuda', 'webgpu', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A model as a worker opens it: the folder, its checked manifest and where it is to run. */
export type ModelRef = { folder: string; manifest: ModelManifest; provider: Provider };

/** One task of the pool: its name in `inference.worker.ts`, its payload and what it gives back. */
export type Task<Payload, Result> = { name: string; readonly _types?: (payload: Payload) => Result };

export type Payload<T> = T extends Task<infer P, unknown> ? P : never;

const task = <Payload, Result>(name: string): Task<Payload, Result> => ({ name });

/** Opens a session, checks its inputs and outputs against the manifest and runs one small tile. */
export const openModel = task<{ model: ModelRef }, { warmUpMs: number }>('openModel');

/** Looks at the whole image, for what a model asks of it. */
export const describePicture = task<{ image: Raster; manifest: ModelManifest }, PictureFacts>('describePicture');

/**
 * Reads one tile from the image, infers it and writes its part of every output.
 * Image and outputs lie in shared memory; tiles write disjoint regions.
 */
export const inferTile = task<TileWork & { model: ModelRef }, { isGlass: boolean }>('inferTile');

export type ScoreNucleiPayload = {
  scene: Scene;
  request: ScoringRequest;
  /** The nuclei, where they were found already; null = they are to be found. */
  bands: BandNuclei[] | null;
  /** Shared-memory RGB pictures to draw into; null = not wanted. */
  overlay: Raster | null;
  refined: Raster | null;
  /** What is to be listed of the nuclei that count; null = nothing. */
  lists: ListOptions | null;
};

export type ScoredPicture = {
  score: ImageScore;
  /** JSON of `writeLists`, in shared memory; null = not wanted. */
  lists: Uint8Array | null;
};

/** Finds the nuclei of one band of a scene, which lies in shared memory. */
export const findBand = task<{ scene: Scene; band: Band; options: SegmentOptions }, BandNuclei[]>('findBand');

/** From maps to numbers and pictures. */
export const scoreNuclei = task<ScoreNucleiPayload, ScoredPicture>('scoreNuclei');

/** What the nuclei of a stored result are found from. */
export type StoredScene = { scene: Scene; request: ScoringRequest; bands: BandNuclei[] | null };

export type DocumentWork = DocumentRequest & {
  /** `summary` is null where it has to be computed. */
  exported: Omit<ExportedResult, 'summary'> & { summary: StatedSummary | null };
  /** null where neither nuclei nor a summary have to be found. */
  scored: StoredScene | null;
  /** JPEG; null where no report is wanted. */
  reportPicture: Uint8Array | null;
};

/** From a stored result to files, in shared memory. */
export const writeDocuments = task<DocumentWork, Uint8Array>('writeDocuments');

/** What a worker answers: errors travel as data, since a class does not survive a thread. */
export type TaskReply<Result> = { ok: true; value: Result } | { ok: false; error: ErrorData };

/** What `heic.worker.ts` is asked: of the picture that the file calls its primary one, the size or the pixels too. */
export type HeicPayload = { bytes: Uint8Array; wantsPixels: boolean; maxPixels: number };

/** Numbers of ISO/IEC 23091-2 that stand for primaries and a transfer curve. */
export type ColourCodes = { primaries: number; transfer: number };

export type HeicPixels = {
  /** 8 bits a sample, row by row, by RGBA or RGB. */
  samples: Uint8Array;
  channels: 3 | 4;
  isPremultiplied: boolean;
  profile: Uint8Array | null;
  codes: ColourCodes | null;
};

export type HeicReply =
  | { ok: true; width: number; height: number; pixels: HeicPixels | null }
  | { ok: false; fault: 'damaged' | 'unsupported'; reason: string };
