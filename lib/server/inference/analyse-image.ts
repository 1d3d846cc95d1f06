import 'server-only';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { planTiles } from '@/lib/imaging/tiles/plan-tiles';
import type { ModelManifest } from '@/lib/models/manifest';
import { MODALITY_TABLE, type Modality } from '@/lib/models/modalities';
import { UNTAUGHT } from '@/lib/scoring/classify/teach-picture';
import { EVERYWHERE } from '@/lib/scoring/gate/apply-regions';
import type { ImageScore, ScoringRequest } from '@/lib/scoring/score-image';
import { PLAIN_SUMMARY } from '@/lib/scoring/scores/score-summary';
import { type Algorithm, completeThresholds, type StatedThresholds, type Thresholds } from '@/lib/scoring/thresholds';
import { COMMIT } from '@/lib/server/env';
import type { Warning } from '@/lib/warnings';
import { describePicture, inferTile, type ScoreNucleiPayload, scoreNuclei } from '@/workers/protocol';
import { type Engine, modelForPictures, startEngine } from './engine';
import { findInBands } from './find-in-bands';
import type { InstalledModel } from './load-models';
import { countDoubts, hotSpotDoubts, membraneDoubts, resolutionDoubts } from './score-doubts';
import { SOFTWARE } from './software';

/** How nuclei are found and counted. */
export type ScoringOptions = Partial<
  Pick<ScoringRequest, 'regions' | 'corrections' | 'summary' | 'marker' | 'teaching' | 'excludeOnEdges'>
> & {
  /** By default those of the model. */
  thresholds?: StatedThresholds;
  /** What is to be listed of the nuclei that count. */
  lists?: ScoreNucleiPayload['lists'];
};

export type Progress = { stage: 'inferring' | 'scoring'; tilesDone: number; tiles: number };
export type RunContext = {
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Called with the modalities that were asked for, before nuclei are found. */
  onInferred?: (modalities: Partial<Record<Modality, Raster>>) => void;
};

export type AnalyseImageRequest = {
  /** RGB, in shared memory. */
  image: Raster;
  micronsPerPixel: number;
  /** Name of an installed model; undefined = the default one. */
  model?: string | undefined;
  /** null = infer without scoring. */
  scoring: ScoringOptions | null;
  /** Modalities to return. Only these, and those that scoring needs, are kept. */
  modalities: readonly Modality[];
  /** Draw `SegOverlaid` / `SegRefined`. */
  overlay: boolean;
  refined: boolean;
};

export type Provenance = {
  model: string;
  modelSha256: string;
  networkMicronsPerPixel: number;
  provider: string;
  precision: ModelManifest['precision'];
  graphOptimisation: ModelManifest['graphOptimisation'];
  software: string;
  commit: string;
  micronsPerPixel: number;
  algorithm: Algorithm | null;
};

/** What scoring adds; all null without scoring. */
export type ScoredImage = {
  overlay: Raster | null;
  refined: Raster | null;
  score: ImageScore | null;
  /** JSON, in shared memory; see `ScoringOptions`. */
  lists: Uint8Array | null;
  warnings: Warning[];
  /** The model's own choices. */
  defaults: Thresholds;
  provenance: Provenance;
  scoreMs: number;
};

export type AnalysedImage = ScoredImage & {
  /** The modalities that were asked for and that the model has, of the image's size, in shared memory. */
  modalities: Partial<Record<Modality, Raster>>;
  inferMs: number;
  tiles: number;
  glassTiles: number;
};

/**
 * Infers and scores one image: plan tiles -> pool -> stitch -> segment -> score.
 *
 * Memory: the image, one picture for each wanted modality, and one tile for each thread. Cancelling takes effect between
 * tiles.
 *
 * @throws AppError `cancelled`, `model_not_found`, `worker_crashed`
 */
export async function analyseImage(request: AnalyseImageRequest, context: RunContext): Promise<AnalysedImage> {
  const engine = await startEngine();
  const { image, micronsPerPixel, scoring } = request;
  const model = modelForPictures(engine.modelRef(request.model), micronsPerPixel);
  const started = performance.now();
  const outputs = allocateOutputs(model, request);
  const { tiles, glassTiles } = await inferTiles(engine, { image, micronsPerPixel, model, outputs }, context);
  const inferMs = performance.now() - started;
  const tally = { inferMs, tiles, glassTiles };
  const modalities = Object.fromEntries(
    Object.entries(outputs).filter(([modality]) => request.modalities.includes(modality as Modality)),
  );
  context.onInferred?.(modalities);
  if (!scoring || !outputs.segmentation) return { ...unscored(engine, model, micronsPerPixel), modalities, ...tally };
  context.onProgress?.({ stage: 'scoring', tilesDone: tiles, tiles });
  const maps = { image, segmentation: outputs.segmentation, marker: outputs.marker ?? null, micronsPerPixel };
  const work = { ...maps, scoring, overlay: request.overlay, refined: request.refined };
  const scored = await scoreMaps(engine, model, work, context.signal);
  throwIfCancelled(context.signal);
  return { ...scored, modalities, ...tally };
}

export type RescoreRequest = {
  image: Raster;
  segmentation: Raster;
  marker: Raster | null;
  micronsPerPixel: number;
  model?: string | undefined;
  scoring: ScoringOptions;
};

/**
 * Scores maps that were inferred earlier (`/api/postprocess`), as `analyseImage` does after inference.
 *
 * @throws AppError `cancelled`, `model_not_found`, `worker_crashed`
 */
export async function rescoreImage(request: RescoreRequest, context: RunContext): Promise<ScoredImage> {
  const engine = await startEngine();
  throwIfCancelled(context.signal);
  const model = modelForPictures(engine.modelRef(request.model), request.micronsPerPixel);
  const scored = await scoreMaps(engine, model, { ...request, overlay: true, refined: true }, context.signal);
  throwIfCancelled(context.signal);
  return scored;
}

/** Scoring always needs the segmentation, and the marker where its threshold or its values are asked for. */
function allocateOutputs(model: InstalledModel, { image, modalities, scoring }: AnalyseImageRequest) {
  const needed = new Set<Modality>(modalities);
  if (scoring) needed.add('segmentation');
  const readsMarker = scoring && completeThresholds(scoring.thresholds ?? {}, defaultsOf(model)).markerThresh !== null;
  if (readsMarker || scoring?.lists) needed.add('marker');
  const outputs: Partial<Record<Modality, Raster>> = {};
  for (const { modality } of model.manifest.outputs)
    if (needed.has(modality))
      outputs[modality] = sharedRaster(image.width, image.height, MODALITY_TABLE[modality].channels);
  return outputs;
}

type InferenceWork = {
  image: Raster;
  micronsPerPixel: number;
  model: ReturnType<Engine['modelRef']>;
  outputs: Partial<Record<Modality, Raster>>;
};

/** Runs all tiles, as many at once as the pool does, so that several images share the pool fairly. */
async function inferTiles({ pool }: Engine, work: InferenceWork, { signal, onProgress }: RunContext) {
  const { image, micronsPerPixel, model, outputs } = work;
  const scale = micronsPerPixel / model.manifest.micronsPerPixel;
  const plans = planTiles(image.width, image.height, scale, model.manifest.tile);
  const tiles = plans.length;
  const facts = await pool.run(describePicture, { image, manifest: model.manifest });
  const shared = { model, image, outputs, facts, skipGlass: true };
  let next = 0;
  let tilesDone = 0;
  let glassTiles = 0;
  const lane = async () => {
    for (let plan = plans[next++]; plan; plan = plans[next++]) {
      throwIfCancelled(signal);
      const { isGlass } = await pool.run(inferTile, { ...shared, tile: plan });
      if (isGlass) glassTiles++;
      tilesDone++;
      onProgress?.({ stage: 'inferring', tilesDone, tiles });
    }
  };
  onProgress?.({ stage: 'inferring', tilesDone, tiles });
  // All lanes are awaited, also after a failure: no task may write into the outputs after this returns.
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(pool.places, tiles) }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  throwIfCancelled(signal);
  return { tiles, glassTiles };
}

type ScoringWork = {
  image: Raster;
  segmentation: Raster;
  marker: Raster | null;
  micronsPerPixel: number;
  scoring: ScoringOptions;
  overlay: boolean;
  refined: boolean;
};

async function scoreMaps(
  engine: Engine,
  model: InstalledModel,
  work: ScoringWork,
  signal: AbortSignal,
): Promise<ScoredImage> {
  const started = performance.now();
  const { image, segmentation, marker, micronsPerPixel, scoring } = work;
  const defaults = defaultsOf(model);
  const thresholds = completeThresholds(scoring.thresholds ?? {}, defaults);
  const {
    regions = EVERYWHERE,
    corrections = [],
    summary = PLAIN_SUMMARY,
    marker: stain = null,
    teaching = UNTAUGHT,
    excludeOnEdges = false,
    lists = null,
  } = scoring;
  const overlay = work.overlay ? sharedRaster(image.width, image.height, 3) : null;
  const refined = work.refined ? sharedRaster(image.width, image.height, 3) : null;
  const scene = { image, segmentation, marker, micronsPerPixel };
  const bands = await findInBands(engine.pool, scene, { ...thresholds, micronsPerPixel }, signal);
  const scored = await engine.pool.run(scoreNuclei, {
    scene,
    request: { thresholds, corrections, regions, summary, marker: stain, teaching, excludeOnEdges },
    bands,
    overlay,
    refined,
    lists,
  });
  const { score } = scored;
  return {
    overlay,
    refined,
    score,
    lists: scored.lists,
    warnings: [
      ...resolutionDoubts(score, micronsPerPixel),
      ...countDoubts(score, { image, micronsPerPixel, regions }),
      ...membraneDoubts(score),
      ...hotSpotDoubts(score, { image, micronsPerPixel, hotSpot: summary.hotSpot }),
    ],
    defaults,
    provenance: { ...provenance(engine, model, micronsPerPixel), algorithm: thresholds.algorithm },
    scoreMs: performance.now() - started,
  };
}

/** No model has a largest size of nuclei. */
const defaultsOf = ({ manifest }: InstalledModel): Thresholds => ({ ...manifest.defaults, sizeThreshUpper: null });

function unscored(engine: Engine, model: InstalledModel, micronsPerPixel: number): ScoredImage {
  return {
    overlay: null,
    refined: null,
    score: null,
    lists: null,
    warnings: [],
    defaults: defaultsOf(model),
    provenance: provenance(engine, model, micronsPerPixel),
    scoreMs: 0,
  };
}

function provenance(engine: Engine, { manifest }: InstalledModel, micronsPerPixel: number): Provenance {
  return {
    model: `${manifest.name}@${manifest.version}`,
    modelSha256: manifest.sha256,
    networkMicronsPerPixel: manifest.micronsPerPixel,
    provider: engine.provider,
    precision: manifest.precision,
    graphOptimisation: manifest.graphOptimisation,
    software: SOFTWARE,
    commit: COMMIT,
    micronsPerPixel,
    algorithm: null,
  };
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The analysis was cancelled.');
}
