import 'server-only';
import type { StartAnalysis } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { startEngine } from '@/lib/server/inference/engine';
import { getJobQueue } from '@/lib/server/jobs';
import { cancelRun } from '@/lib/server/runs/cancel-run';
import { stopOwnRun } from '@/lib/server/runs/own-runs';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { writeJson } from '@/lib/server/runs/stored-json';
import { queuedStatus, takeUpRun } from '@/lib/server/runs/take-up-run';
import { getStorage } from '@/lib/server/storage';
import { deleteTraces } from './delete-traces';
import { canRetry, stateOf } from './describe-analysis';
import { type AnalysisRecord, createShortId, keysOf, type StoredSource } from './record';
import { ownerOf } from './run-owner';
import { readRecord, readSnapshot, writeRecord } from './stored-analysis';
import { takePixels } from './take-pixels';

/**
 * Queues the analysis of a verified image, in place of an earlier one.
 *
 * @throws AppError `wrong_state`, `model_not_found`, `queue_full`, or as `takePixels` does
 */
export async function startAnalysis(id: string, asked: StartAnalysis, requestId: string): Promise<void> {
  const snapshot = await readSnapshot(id);
  const state = stateOf(snapshot);
  const { run: earlier, scoring } = snapshot.record;
  const started = joinStarted(asked, scoring);
  if (state === 'queued' || state === 'running')
    throw new AppError('wrong_state', `The analysis is ${state} already; cancel it first.`);
  (await startEngine()).modelRef(started.model); // An unknown model is the caller's mistake: said now.

  const firstRevision = snapshot.result ? snapshot.result.revision + 1 : (earlier?.firstRevision ?? 1);
  const taken = await takePixels(snapshot.record, started);
  const record: AnalysisRecord = { ...taken, run: { id: createShortId(), started, firstRevision } };
  await queueRun(record, taken.source as StoredSource, requestId);
  if (earlier) await getStorage().delete(keysOf(id).run(earlier.id).folder);
}

/** With the scoring that was stored before, where none is asked for, and the marker in its one place. */
function joinStarted({ marker, ...asked }: StartAnalysis, stored: AnalysisRecord['scoring']): StartAnalysis {
  const scoring = asked.scoring ?? stored;
  if (marker === undefined) return scoring ? { ...asked, scoring } : asked;
  return { ...asked, scoring: { ...scoring, marker } };
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
 * returns: where no server answers, this one takes it over to end it.
 */
export async function cancelAnalysis(id: string): Promise<void> {
  const snapshot = await readSnapshot(id);
  const state = stateOf(snapshot);
  const owner = ownerOf(snapshot.record);
  if (owner && (state === 'queued' || state === 'running')) await cancelRun(owner, snapshot.isOrphaned);
}

/** Deletes every trace of an analysis, whatever it is doing; no error when there is none. @throws AppError `read_only` */
export async function deleteAnalysis(id: string): Promise<void> {
  const record = await readRecord(id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'read_only') throw error;
    return null;
  });
  // The record goes with the rest. A server that still has the run sees that, and deletes what it has written.
  await deleteTraces(id);
  if (record?.run) await stopOwnRun(record.run.id, 'images');
  await deleteTraces(id);
}

/**
 * A deletion between the reading of a record and its writing takes the pixels, and leaves the record that was written.
 *
 * @throws AppError `analysis_not_found`; then every trace is gone again
 */
async function assertThere(id: string, { thumbnail }: StoredSource): Promise<void> {
  const keys = keysOf(id);
  for (const key of [keys.source, keys.thumbnail(thumbnail.name)]) if ((await getStorage().age(key)) !== null) return;
  await deleteTraces(id);
  throw new AppError('analysis_not_found', 'The analysis was deleted while it was started.');
}

/** Stores a run and queues it. What the queue refuses leaves no mark. */
async function queueRun(record: AnalysisRecord, source: StoredSource, requestId: string): Promise<void> {
  const owner = ownerOf(record) as RunOwner;
  const queue = getJobQueue<void>();
  await queue.assertRoom(source.width * source.height);
  const { waiting } = await queue.load();
  await writeJson(owner.keys.attempt(1).status, queuedStatus(waiting));
  await writeRecord(record);
  await assertThere(record.id, source);
  await takeUpRun(owner, { attempt: 1, crashes: 0, requestId });
}
