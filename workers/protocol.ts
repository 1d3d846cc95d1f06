import type { ErrorData } from '@/lib/errors';
import type { Raster } from '@/lib/imaging/raster';
import type { TileWork } from '@/lib/inference/infer-tile';
import type { ModelManifest } from '@/lib/models/manifest';
import type { NucleusRuns } from '@/lib/scoring/find/nucleus-runs';
import type { Algorithm } from '@/lib/scoring/find/nucleus-table';
import type { Correction, CorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import type { Regions } from '@/lib/scoring/gate/apply-regions';
import type { GateOptions, Thresholds } from '@/lib/scoring/gate/gate-nuclei';

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

/**
 * Reads one tile from the image, infers it and writes its part of every output.
 * Image and outputs lie in shared memory; tiles write disjoint regions.
 */
export const inferTile = task<TileWork & { model: ModelRef }, { isGlass: boolean }>('inferTile');

export type ScoreNucleiPayload = {
  image: Raster;
  segmentation: Raster;
  marker: Raster | null;
  algorithm: Algorithm;
  probThresh: number;
  gate: GateOptions;
  /** Made by hand; applied after the gate and before the regions. */
  corrections: readonly Correction[];
  regions: Regions;
  /** Shared-memory RGB pictures to draw into; null = not wanted. */
  overlay: Raster | null;
  refined: Raster | null;
  wantNuclei: boolean;
};

/** The kept nuclei, one entry each, and their pixels. */
export type NucleusRecords = {
  count: number;
  positive: Uint8Array;
  centroidX: Float64Array;
  centroidY: Float64Array;
  areaPx: Int32Array;
  markerMax: Uint8Array;
  markerMean: Float32Array;
  odMean: Float32Array;
  bbox: Int32Array;
  runs: NucleusRuns;
};

export type NucleusScore = {
  total: number;
  positive: number;
  negative: number;
  percentPositive: number;
  /** 95 % Wilson interval of the percentage. */
  interval: readonly [lower: number, upper: number];
  thresholds: Thresholds;
  /** Of all nuclei found, also those that the size gate drops; the diameter is a median, in image pixels. */
  sizes: { count: number; medianDiameterPx: number } | null;
  /** Corrections that found their nucleus. */
  corrections: CorrectionCounts;
};

/** From maps to numbers: segment, gate, classify, draw. */
export const scoreNuclei = task<ScoreNucleiPayload, { score: NucleusScore; nuclei: NucleusRecords | null; ms: number }>(
  'scoreNuclei',
);

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
