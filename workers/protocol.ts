import type { ErrorData } from '@/lib/errors';
import type { ListOptions } from '@/lib/exchange/cells';
import type { StatedSummary } from '@/lib/exchange/score-summary';
import type { PackedFile } from '@/lib/exports/archive';
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

/** A model for a worker: its folder, its checked manifest and the provider that runs it. */
export type ModelRef = { folder: string; manifest: ModelManifest; provider: Provider };

/** A task of the pool: its name in `inference.worker.ts`, its payload and its result. */
export type Task<Payload, Result> = { name: string; readonly _types?: (payload: Payload) => Result };

export type Payload<T> = T extends Task<infer P, unknown> ? P : never;

const task = <Payload, Result>(name: string): Task<Payload, Result> => ({ name });

/** Opens a session, checks its inputs and outputs against the manifest and runs one small tile. */
export const openModel = task<{ model: ModelRef }, { warmUpMs: number }>('openModel');

/** Measures the whole image where the model needs it: its white, its staining. */
export const describePicture = task<{ image: Raster; manifest: ModelManifest }, PictureFacts>('describePicture');

/**
 * Reads one tile from the image, infers it and writes its part of every output.
 * Image and outputs are in shared memory. Tiles write disjoint regions.
 */
export const inferTile = task<TileWork & { model: ModelRef }, { isGlass: boolean }>('inferTile');

export type ScoreNucleiPayload = {
  scene: Scene;
  request: ScoringRequest;
  /** The nuclei that were found before; null = they are found now. */
  bands: BandNuclei[] | null;
  /** Shared-memory RGB pictures to draw into; null = not wanted. */
  overlay: Raster | null;
  refined: Raster | null;
  /** What is listed of the nuclei that count; null = nothing. */
  lists: ListOptions | null;
};

export type ScoredPicture = {
  score: ImageScore;
  /** JSON of `writeLists`, in shared memory; null = not wanted. */
  lists: Uint8Array | null;
};

/** Finds the nuclei of one band of a scene, which is in shared memory. */
export const findBand = task<{ scene: Scene; band: Band; options: SegmentOptions }, BandNuclei[]>('findBand');

/** Makes numbers and pictures of maps. */
export const scoreNuclei = task<ScoreNucleiPayload, ScoredPicture>('scoreNuclei');

/** The maps and options by which the nuclei of a stored result are found. */
export type StoredScene = { scene: Scene; request: ScoringRequest; bands: BandNuclei[] | null };

export type DocumentWork = DocumentRequest & {
  /** `summary` is null where it must be computed. */
  exported: Omit<ExportedResult, 'summary'> & { summary: StatedSummary | null };
  /** null where neither nuclei nor a summary are needed. */
  scored: StoredScene | null;
  /** As JPEG; null where no report is wanted. */
  reportPicture: Uint8Array | null;
};

/** Makes the one file of a stored result that is wanted, in shared memory. */
export const writeDocument = task<DocumentWork, Uint8Array>('writeDocument');

/** Makes files of a stored result and compresses them for an archive, in shared memory. */
export const packDocuments = task<DocumentWork, PackedFile[]>('packDocuments');

/** The answer of a worker. Errors are data, since their class does not survive the way between threads. */
export type TaskReply<Result> = { ok: true; value: Result } | { ok: false; error: ErrorData };

/** A request to `heic.worker.ts`: the size of the file's primary picture, or its pixels, too. */
export type HeicPayload = { bytes: Uint8Array; wantsPixels: boolean; maxPixels: number };

/** Numbers of ISO/IEC 23091-2 for primaries and a transfer curve. */
export type ColourCodes = { primaries: number; transfer: number };

export type HeicPixels = {
  /** 8 bits a sample, row by row, RGBA or RGB. */
  samples: Uint8Array;
  channels: 3 | 4;
  isPremultiplied: boolean;
  profile: Uint8Array | null;
  codes: ColourCodes | null;
};

export type HeicReply =
  | { ok: true; width: number; height: number; pixels: HeicPixels | null }
  | { ok: false; fault: 'damaged' | 'unsupported'; reason: string };
