import 'server-only';
import type { IngestSlide } from '@/lib/contracts/slide';
import { AppError } from '@/lib/errors';
import { getJobQueue } from '@/lib/server/jobs';
import { cancelRun } from '@/lib/server/runs/cancel-run';
import { stopOwnRun } from '@/lib/server/runs/own-runs';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { writeJson } from '@/lib/server/runs/stored-json';
import { queuedStatus, takeUpRun } from '@/lib/server/runs/take-up-run';
import { getStorage } from '@/lib/server/storage';
import { describeUpload } from '@/lib/server/uploads/upload-parts';
import { expiryAfterChange, uploadOf } from './create-slide';
import { canRetry, stateOf } from './describe-slide';
import { createRunId, keysOf, type SlideRecord } from './record';
import { ownerOf } from './run-owner';
import { listScorings } from './scoring/scoring-record';
import { assertThere, openForEditing, openSlideRecord, readSnapshot } from './stored-slide';

/**
 * Queues the writing of the copy that is kept: after the upload, after a choice, or once more after a failure.
 *
 * @throws AppError `upload_incomplete`, `wrong_state`, `read_only`, `queue_full`
 */
export async function ingestSlide(id: string, chosen: IngestSlide, requestId: string): Promise<void> {
  const earlier = await openForEditing(id);
  const snapshot = await readSnapshot({ id, record: earlier, mayEdit: true });
  const state = stateOf(snapshot);
  if (state !== 'uploading' && state !== 'choosing' && !canRetry(snapshot))
    throw new AppError(
      'wrong_state',
      `A slide that is ${state} cannot be taken in${state === 'ready' ? ' again' : ''}.`,
    );
  const { missing, parts } = await describeUpload(uploadOf(earlier));
  if (missing.length > 0)
    throw new AppError('upload_incomplete', `${missing.length} of ${parts} parts of the upload have not arrived.`);
  const run = { id: createRunId(), chosen };
  const record: SlideRecord = { ...earlier, run, expiresAt: expiryAfterChange(earlier) };
  const keys = keysOf(record.id);
  const owner = ownerOf(record) as RunOwner;
  const queue = getJobQueue<void>('ingests');
  await queue.assertRoom(0);
  const { waiting } = await queue.load();
  await writeJson(owner.keys.attempt(1).status, queuedStatus(waiting));
  await writeJson(keys.lastRun, run);
  await writeJson(keys.expiry, { expiresAt: record.expiresAt });
  await assertThere(record.id);
  // The links of the upload are void from now on.
  await getStorage().delete(keys.openFolder);
  await takeUpRun(owner, { attempt: 1, crashes: 0, requestId });
  if (earlier.run) await getStorage().delete(keys.run(earlier.run.id).folder);
}

/** Stops an ingest that waits or works, on whichever server; one that has ended stays as it is. */
export async function cancelIngest(id: string): Promise<void> {
  const record = await openForEditing(id);
  const snapshot = await readSnapshot({ id, record, mayEdit: true });
  const state = stateOf(snapshot);
  const owner = ownerOf(record);
  if (owner && (state === 'queued' || state === 'running')) await cancelRun(owner, snapshot.isOrphaned);
}

/** Deletes every trace of a slide, whatever it is doing; no error when there is none. @throws AppError `read_only` */
export async function deleteSlide(id: string): Promise<void> {
  const access = await openSlideRecord(id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'slide_not_found') return null;
    throw error;
  });
  if (access === null) return;
  const { record } = access.mayEdit ? access : { record: await openForEditing(id) };
  const { folder } = keysOf(record.id);
  const scorings = await listScorings(record.id);
  // The record goes with the rest. A server that still has a run sees that, and deletes what it has written.
  await getStorage().delete(folder);
  if (record.run) await stopOwnRun(record.run.id, 'ingests');
  for (const scoring of scorings) await stopOwnRun(scoring, 'scorings');
  await getStorage().delete(folder);
  // The file itself, too, where it was sent for an analysis that nobody has started.
  await getStorage().delete(uploadOf(record).folder);
}
