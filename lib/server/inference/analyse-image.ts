import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import type { Modality } from '@/lib/models/manifest';
import type { Algorithm, Thresholds } from '@/lib/scoring/nuclei';
import type { NucleusRecords, NucleusScore, Polygon } from '@/workers/protocol';

/** How nuclei are found and gated; what is undefined falls back to the model's own default. */
export type ScoringOptions = {
  algorithm?: Algorithm | undefined;
  probThresh?: number | undefined;
  sizeThresh?: number | 'auto' | undefined;
  sizeThreshUpper?: number | null | undefined;
  markerThresh?: number | 'auto' | null | undefined;
  roi?: readonly Polygon[] | undefined;
  /** Also give per-nucleus records. */
  wantNuclei?: boolean | undefined;
};

export type Progress = { stage: 'inferring' | 'scoring'; tilesDone: number; tiles: number };
export type RunContext = { signal: AbortSignal; onProgress?: (progress: Progress) => void };

export type AnalyseImageRequest = {
  /** RGB in shared memory. */
  image: Raster;
  micronsPerPixel: number;
  /** Name of an installed model; undefined = the default one. */
  model?: string | undefined;
  /** null = infer only, score nothing. */
  scoring: ScoringOptions | null;
  /** Modalities to give back; only these (and what scoring needs) are kept. */
  modalities: readonly Modality[];
  /** Draw `SegOverlaid` / `SegRefined`. */
  overlay: boolean;
  refined: boolean;
};

export type Provenance = {
  model: string;
  modelSha256: string;
  provider: string;
  software: string;
  micronsPerPixel: number;
  algorithm: Algorithm | null;
  probThresh: number | null;
};

export type Analysis = {
  modalities: Partial<Record<Modality, Raster>>;
  overlay: Raster | null;
  refined: Raster | null;
  score: (NucleusScore & { probThresh: number; thresholds: Thresholds }) | null;
  nuclei: NucleusRecords | null;
  provenance: Provenance;
  warnings: string[];
  timings: { inferMs: number; scoreMs: number; tiles: number; glassTiles: number };
};

/** Infers and scores one image: plan tiles -> pool -> stitch -> segment -> score. Being written; the signature stands. */
export declare function analyseImage(request: AnalyseImageRequest, context: RunContext): Promise<Analysis>;

export type RescoreRequest = {
  image: Raster;
  segmentation: Raster;
  marker: Raster | null;
  micronsPerPixel: number;
  scoring: ScoringOptions;
};

/** Scores maps that were inferred earlier (`/api/postprocess`). Being written; the signature stands. */
export declare function rescoreImage(
  request: RescoreRequest,
  context: RunContext,
): Promise<Pick<Analysis, 'overlay' | 'refined' | 'score' | 'nuclei' | 'provenance' | 'warnings'>>;
