import 'server-only';
import { AppError } from '@/lib/errors';
import { isShared } from '@/lib/server/jobs';
import type { JobContext, JobProgress } from '@/lib/server/jobs/define-job';
import { NotNow } from '@/lib/server/jobs/not-now';
import type { JobSnapshot } from '@/lib/server/jobs/queue';
import { toAppError } from '@/lib/server/to-app-error';
import { readLatestAttempt } from './latest-attempt';
import { isActive, isOrphaned, silentMs } from './liveness';
import { isEnding } from './own-runs';
import { retryWhileStorageIsAway } from './retry-storage';
import type { Attempt, RunOwner } from './run-status';
import { takeAttempt } from './take-up-run';
import { type TrackedWork, trackRun } from './track-run';

/**
 * Does the work of a run in a job's handler.
 *
 * With this process's own queue the attempt is stored and tracked since it was queued. A shared queue only says whose turn
 * it is: what is stored decides whether there is anything to do, and the worker makes the next attempt its own first.
 *
 * @param queued - the attempt that was queued
 * @param findOwner - reads what the run belongs to; null where that is gone, or has another run now
 * @throws AppError with the code that the work has failed with; `cancelled`
 */
export async function workOnRun(
  { queued, findOwner }: { queued: Attempt; findOwner: () => Promise<RunOwner | null> },
  context: JobContext,
  work: (attempt: Attempt, context: JobContext) => Promise<void>,
): Promise<void> {
  if (!isShared()) return work(queued, context);
  const owner = await retryWhileStorageIsAway(findOwner, context.signal);
  const attempt = owner && (await retryWhileStorageIsAway(() => takeOwn(owner), context.signal));
  if (!attempt) return;
  const { tracked, isReleased } = follow(context, (inner) => work(attempt, inner));
  await trackRun({ ...attempt, owner, work: tracked });
  // What was left to the next worker goes back into the queue.
  if (isReleased()) throw new NotNow(0);
  // Stored already; thrown, so that the queue logs and counts it. Redis keeps the text of what is thrown: not that of the run.
  const { state, error } = await tracked.ended;
  if (error) throw new AppError(error.code, 'The run has failed; what is stored of it says why.', { cause: error });
  if (state === 'REVOKED') throw cancelled();
}

const cancelled = () => new AppError('cancelled', 'The work was cancelled.');

/** @throws NotNow where another worker has the run, by the signs of life that it stores */
async function takeOwn(owner: RunOwner): Promise<Attempt | null> {
  const latest = await readLatestAttempt(owner.keys);
  if (!latest || !isActive(latest.status)) return null;
  if (!(await isOrphaned(owner.run, latest.key, latest.status))) throw new NotNow(silentMs() / 4);
  return takeAttempt(owner, latest);
}

/** Begins the work. It stops when the tracker says so, or the queue. */
function follow(
  context: JobContext,
  work: (context: JobContext) => Promise<void>,
): { tracked: TrackedWork; isReleased: () => boolean } {
  const abort = new AbortController();
  const signal = AbortSignal.any([context.signal, abort.signal]);
  let latest: JobProgress | null = null;
  const report = (next: JobProgress) => {
    latest = { ...next, progress: Math.max(next.progress, latest?.progress ?? 0) };
    context.report(latest);
  };
  const snapshot = (): JobSnapshot<void> => ({ state: 'STARTED', progress: 0, queuePosition: 0, ...latest });
  const ended = work({ ...context, signal, report }).then(
    (): JobSnapshot<void> => ({ ...snapshot(), state: signal.aborted ? 'REVOKED' : 'SUCCESS' }),
    (error: unknown): JobSnapshot<void> =>
      signal.aborted
        ? { ...snapshot(), state: 'REVOKED' }
        : { ...snapshot(), state: 'FAILURE', error: toAppError(error) },
  );
  return {
    tracked: {
      look: async () => snapshot(),
      ended,
      cancel: async () => abort.abort(cancelled()),
    },
    isReleased: () => isEnding() && signal.aborted,
  };
}
