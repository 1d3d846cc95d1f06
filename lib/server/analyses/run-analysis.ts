import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartAnalysis } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { startEngine } from '@/lib/server/inference/engine';
import { getJobQueue } from '@/lib/server/jobs';
import { getStorage } from '@/lib/server/storage';
import { deleteTraces } from './delete-traces';
import { canRetry, stateOf } from './describe-analysis';
import { followRun, newStatus, stopHere } from './follow-run';
import { followed, isActive } from './liveness';
import { type AnalysisRecord, createShortId, keysOf, RunStatus, type StoredSource } from './record';
import { RUN_JOB } from './run-job';
import { dropIfDeleted, readJson, readRecord, readSnapshot, writeJson, writeRecord } from './stored-analysis';
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
  await deleteTraces(id);
  if (record?.run) await stopHere(record.run.id);
  await deleteTraces(id);
}

/** Stores a run and queues it. What the queue refuses leaves no mark. */
async function submit(record: AnalysisRecord, source: StoredSource, requestId: string): Promise<void> {
  const { id: run } = record.run as NonNullable<AnalysisRecord['run']>;
  const queue = getJobQueue<void>();
  const pixels = source.width * source.height;
  await queue.assertRoom(pixels);
  await writeJson(keysOf(record.id).run(run).status, newStatus((await queue.load()).waiting));
  await writeRecord(record);
  const job = await queue.submit(RUN_JOB, { analysis: record.id, run }, { pixels, isAdmitted: true });
  followRun({ id: record.id, run, job, requestId });
}
