import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartAnalysis } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { MODALITIES } from '@/lib/models/manifest';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { startEngine } from '@/lib/server/inference/engine';
import { getJobQueue } from '@/lib/server/jobs';
import type { JobContext } from '@/lib/server/jobs/queue';
import { choosePixelSize } from '@/lib/server/results/pixel-size';
import { getStorage } from '@/lib/server/storage';
import { canRetry, stateOf } from './describe-analysis';
import { followRun, newStatus, stopHere } from './follow-run';
import { followed, isActive } from './liveness';
import { publishResult, readSource, storePictures } from './pictures';
import { type AnalysisRecord, createShortId, keysOf, pixelsIn, RunStatus, type StoredSource } from './record';
import { retryWhileStorageIsAway } from './retry-storage';
import { scoringOptions } from './scoring-options';
import { dropIfDeleted, readJson, readRecord, readSnapshot, writeJson, writeRecord } from './store';
import { takePixels } from './take-pixels';

/** How long the server of a run has to stop it: it looks once a second. */
const CANCEL_MS = 4_000;
const CANCEL_LOOK_MS = 250;

/**
 * Queues the analysis of a verified image, in place of an earlier one.
 *
 * @throws AppError `wrong_state`, `model_not_found`, `queue_full`, or as `takePixels` does
 */
export async function startAnalysis(id: string, started: StartAnalysis, requestId: string): Promise<void> {
  const snapshot = await readSnapshot(id);
  const state = stateOf(snapshot);
  const { run: earlier } = snapshot.record;
  if (state === 'queued' || state === 'running')
    throw new AppError('wrong_state', `The analysis is ${state} already; cancel it first.`);
  (await startEngine()).modelRef(started.model); // An unknown model is the caller's mistake: said now.

  const firstRevision = snapshot.result ? snapshot.result.revision + 1 : (earlier?.firstRevision ?? 1);
  const taken = await takePixels(snapshot.record, started);
  const record: AnalysisRecord = { ...taken, run: { id: createShortId(), started, firstRevision } };
  await submit(record, taken.source as StoredSource, requestId);
  if (earlier) await getStorage().delete(keysOf(id).run(earlier.id).folder);
}

/** @throws AppError `wrong_state`, `queue_full` */
export async function retryAnalysis(id: string, requestId: string): Promise<void> {
  const snapshot = await readSnapshot(id);
  const { run } = snapshot.record;
  if (!run || !canRetry(snapshot))
    throw new AppError('wrong_state', `An analysis that is ${stateOf(snapshot)} cannot be tried again.`);
  await startAnalysis(id, run.started, requestId);
}

/**
 * Stops a run that waits or works, on whichever server; one that has ended stays as it is. It has ended when this
 * returns: where its server does not answer, by our word.
 */
export async function cancelAnalysis(id: string): Promise<void> {
  const snapshot = await readSnapshot(id);
  const { run } = snapshot.record;
  const state = stateOf(snapshot);
  if (!run || (state !== 'queued' && state !== 'running')) return;
  if (followed.has(run.id)) return stopHere(run.id);
  const keys = keysOf(id).run(run.id);
  await writeJson(keys.cancel, {});
  for (const until = performance.now() + CANCEL_MS; performance.now() < until; await delay(CANCEL_LOOK_MS)) {
    const status = await readJson(keys.status, RunStatus);
    if (!status || !isActive(status)) return;
  }
  await writeJson(keys.status, { ...newStatus(0), state: 'cancelled' } satisfies RunStatus);
  await dropIfDeleted(id);
}

/** Deletes every trace of an analysis, whatever it is doing; no error when there is none. */
export async function deleteAnalysis(id: string): Promise<void> {
  const record = await readRecord(id).catch(() => null);
  // The record goes with the rest: a run elsewhere finds itself unwanted and clears up after itself.
  await getStorage().delete(keysOf(id).folder);
  if (record?.run) await stopHere(record.run.id);
  await getStorage().delete(keysOf(id).folder);
}

async function submit(record: AnalysisRecord, source: StoredSource, requestId: string): Promise<void> {
  const run = record.run as NonNullable<AnalysisRecord['run']>;
  const queue = getJobQueue<void>();
  let recorded = () => {};
  const isRecorded = new Promise<void>((resolve) => {
    recorded = resolve;
  });
  // Admitted first: what the queue refuses must leave no mark.
  const job = queue.submit({
    pixels: source.width * source.height,
    dispose: () => undefined,
    bytesOf: () => 0,
    run: async (context) => {
      await isRecorded;
      await work(record.id, run, source, context);
    },
  });
  try {
    await writeJson(keysOf(record.id).run(run.id).status, newStatus(queue.get(job)?.queuePosition ?? 0));
    await writeRecord(record);
  } catch (error) {
    queue.cancel(job);
    recorded();
    throw error;
  }
  recorded();
  followRun({ id: record.id, run: run.id, job, requestId });
}

async function work(
  id: string,
  { id: runId, started, firstRevision }: NonNullable<AnalysisRecord['run']>,
  source: StoredSource,
  context: JobContext,
): Promise<void> {
  context.report({ stage: 'reading', progress: 0 });
  const keys = keysOf(id);
  const run = keys.run(runId);
  // A link to a part of the upload may still have worked after it was verified.
  await retryWhileStorageIsAway(() => getStorage().delete(keys.upload), context.signal);
  const pixelSize = choosePixelSize(started, pixelsIn(source));
  const image = await readSource(keys.source, pixelSize.micronsPerPixel, context.signal);
  const parameters = started.scoring ?? {};
  const analysis = await analyseImage(
    {
      image,
      micronsPerPixel: pixelSize.micronsPerPixel,
      model: started.model,
      scoring: scoringOptions(parameters),
      modalities: MODALITIES,
      overlay: true,
      refined: true,
    },
    {
      signal: context.signal,
      onProgress: ({ stage, tilesDone, tiles }) =>
        context.report({ stage, progress: tiles === 0 ? 0 : tilesDone / tiles, tilesDone, tiles }),
    },
  );
  context.report({ stage: 'encoding', progress: 1 });
  const finished = { analysis, pixelSize, source, parameters, maps: null };
  const result = await storePictures(run, finished, context.signal);
  await publishResult(run, { ...result, revision: firstRevision }, context.signal);
}
