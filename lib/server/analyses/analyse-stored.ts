import 'server-only';
import { AppError } from '@/lib/errors';
import { MODALITIES } from '@/lib/models/modalities';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import type { JobContext } from '@/lib/server/jobs/define-job';
import { getLog } from '@/lib/server/log';
import { choosePixelSize } from '@/lib/server/results/choose-pixel-size';
import { createEncoder } from '@/lib/server/results/picture-encoder';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import type { Attempt } from '@/lib/server/runs/run-status';
import { exists, readJson, writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { AnalysisRecord, keysOf, pixelsIn } from './record';
import { scoringOptions } from './scoring-options';
import { publishResult, readSource, storePictures } from './stored-pictures';

/** Which run of which analysis. */
export type RunData = { analysis: string; run: string };

/**
 * Analyses the stored image of an analysis, and stores the pictures and the result. All else stands in its record.
 *
 * @throws AppError `analysis_not_found`, as the engine and the storage do, `cancelled`
 */
export async function analyseStored(data: RunData & Attempt, context: JobContext): Promise<void> {
  context.report({ stage: 'reading', progress: 0 });
  const keys = keysOf(data.analysis);
  const inRun = keys.run(data.run);
  const { signal } = context;
  const { run, source } = await readRun(data, signal);
  // Stored before the work begins: a crash that the work leads to is counted.
  await retryWhileStorageIsAway(() => writeJson(inRun.attempt(data.attempt).begun, {}), signal);
  getLog().info({ requestId: data.requestId, attempt: data.attempt }, 'run begun');
  // An earlier attempt may have stored the result before its server died.
  if (await retryWhileStorageIsAway(() => exists(inRun.result(run.firstRevision)), signal)) return;
  // A link to a part of the upload may still have worked after it was verified.
  await retryWhileStorageIsAway(() => getStorage().delete(keys.upload), signal);
  const pixelSize = choosePixelSize(run.started, pixelsIn(source));
  const image = await readSource(keys.source, pixelSize.micronsPerPixel, signal);
  const parameters = run.started.scoring ?? {};
  const encoder = createEncoder(pixelSize.micronsPerPixel);
  const analysis = await analyseImage(
    {
      image,
      micronsPerPixel: pixelSize.micronsPerPixel,
      model: run.started.model,
      scoring: scoringOptions(parameters),
      modalities: MODALITIES,
      overlay: true,
      refined: true,
    },
    {
      signal,
      onProgress: ({ stage, tilesDone, tiles }) =>
        context.report({ stage, progress: tiles === 0 ? 0 : tilesDone / tiles, tilesDone, tiles }),
      onInferred: encoder.addModalities,
    },
  );
  context.report({ stage: 'encoding', progress: 1 });
  const finished = { analysis, encoder, pixelSize, source, parameters, maps: null };
  const result = await storePictures(inRun, finished, signal);
  if (await publishResult(inRun, { ...result, revision: run.firstRevision }, signal)) return;
  await getStorage().delete(inRun.drawings(result.drawing));
}

/** @throws AppError `analysis_not_found` where the analysis was deleted, or started anew since */
async function readRun(data: RunData, signal: AbortSignal) {
  const { record } = keysOf(data.analysis);
  const { run, source } = (await retryWhileStorageIsAway(() => readJson(record, AnalysisRecord), signal)) ?? {};
  if (run?.id === data.run && source) return { run, source };
  throw new AppError('analysis_not_found', 'The analysis was deleted.');
}
