import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, ERRORS } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { getOwnQueue, isShared } from '@/lib/server/jobs';
import type { Lane } from '@/lib/server/jobs/lane';
import type { JobSnapshot } from '@/lib/server/jobs/queue';
import { getLog } from '@/lib/server/log';
import { getStorage } from '@/lib/server/storage';
import { isEnding, ownRuns } from './own-runs';
import { retryWhileStorageIsAway } from './retry-storage';
import { type Attempt, newStatus, type RunKeys, type RunOwner, type RunStatus } from './run-status';
import { exists, writeJson } from './stored-json';

/** Between two writings of a run's status: what a watcher of the page sees as progress. */
const BEAT_MS = 1_000;

/** Another try at what failed by the caller's image or options would fail the same way. */
const isWorthRetrying = (error: AppError) => ERRORS[error.code].status >= 500;

/** The work of an attempt, as its tracker sees it. */
export type TrackedWork = {
  look: () => Promise<JobSnapshot<void> | undefined>;
  /** Resolves when it has ended, in whatever way, and nothing of it runs any more. */
  ended: Promise<JobSnapshot<void>>;
  cancel: () => Promise<void>;
};

/** An attempt at a run, and the work that makes it. */
export type TrackedAttempt = Attempt & { owner: RunOwner; work: TrackedWork };

/** A job of this process's own queue. Nothing is kept of it once it has ended. */
export function workOfJob(lane: Lane, job: string): TrackedWork {
  const queue = getOwnQueue<void>(lane);
  const forget = async (last: JobSnapshot<void>) => {
    await queue.forget(job);
    return last;
  };
  return { look: () => queue.get(job), ended: queue.ended(job).then(forget), cancel: () => queue.cancel(job) };
}

/**
 * Tracks a run of this server until it has ended: writes down how it stands, and stops it when it was cancelled,
 * deleted, or taken over by another server.
 *
 * @returns resolves when nothing more of it will be written by this server
 */
export function trackRun(attempt: TrackedAttempt): Promise<void> {
  const tracker = new RunTracker(attempt);
  const { owner, work, requestId } = attempt;
  const { run } = owner;
  const over = tracker
    .track()
    .catch((err: unknown) => getLog().error({ err, requestId }, 'end of a run not stored'))
    .finally(() => ownRuns().delete(run));
  const release = () => tracker.release();
  // What sees to the work of others ends at once, and they go on.
  const isLight = owner.lane === 'scorings' && isShared();
  const isRunning = async () => !isLight && (await work.look())?.state === 'STARTED';
  ownRuns().set(run, { stop: work.cancel, over, isRunning, release });
  if (isEnding()) void release().catch(() => undefined);
  return over;
}

class RunTracker {
  readonly #attempt: TrackedAttempt;
  readonly #keys: RunKeys;
  #beat = 0;
  /** What the next server finds; null until the run is released. */
  #released: Partial<RunStatus> | null = null;
  #written: Promise<void> = Promise.resolve();

  constructor(attempt: TrackedAttempt) {
    this.#attempt = attempt;
    this.#keys = attempt.owner.keys;
  }

  async track(): Promise<void> {
    const { owner, work, requestId } = this.#attempt;
    const { ended } = work;
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      try {
        await this.#write(await work.look());
        if (await this.#isToStop()) await work.cancel();
      } catch (error) {
        // A storage that is away for a moment stops no run; the next beat tries again.
        getLog().warn({ requestId, code: error instanceof AppError ? error.code : 'internal' }, 'beat of a run failed');
      }
      await Promise.race([ended, delay(BEAT_MS, undefined, { ref: false })]);
    }
    const last = await ended;
    await retryWhileStorageIsAway(async () => {
      if (await owner.isCurrent()) await this.#write(last);
      else await getStorage().delete(this.#keys.folder);
    });
    await retryWhileStorageIsAway(() => owner.dropIfDeleted());
  }

  async release(): Promise<void> {
    const { work } = this.#attempt;
    const snapshot = await work.look();
    const { progress } = newStatus();
    // A run that is being worked on goes before those that wait, on the next server too.
    const position = snapshot?.state === 'PENDING' ? snapshot.queuePosition + 1 : 0;
    this.#released = { isReleased: true, progress: { ...progress, queue_position: position } };
    await this.#write(snapshot).finally(work.cancel);
  }

  async #isToStop(): Promise<boolean> {
    const { owner, attempt } = this.#attempt;
    const [isCancelled, isTakenOver, isCurrent] = await Promise.all([
      exists(this.#keys.cancel),
      exists(this.#keys.attempt(attempt + 1).status),
      owner.isCurrent(),
    ]);
    return isCancelled || isTakenOver || !isCurrent;
  }

  /** One after the other: an older status must not replace a newer one. */
  #write(snapshot: JobSnapshot<void> | undefined): Promise<void> {
    const { status } = this.#keys.attempt(this.#attempt.attempt);
    const written = this.#written.then(() => writeJson(status, this.#statusOf(snapshot)));
    this.#written = written.catch(() => undefined);
    return written;
  }

  #statusOf(snapshot: JobSnapshot<void> | undefined): RunStatus {
    const { crashes, requestId } = this.#attempt;
    const released = snapshot?.state === 'SUCCESS' ? null : this.#released;
    return newStatus({ ...(released ?? standOf(snapshot, requestId)), crashes, beat: ++this.#beat });
  }
}

const STATES = {
  PENDING: 'queued',
  STARTED: 'running',
  SUCCESS: 'done',
  FAILURE: 'failed',
  REVOKED: 'cancelled',
} as const satisfies Record<JobSnapshot<void>['state'], RunStatus['state']>;

/** How a run stands by its job. */
function standOf(snapshot: JobSnapshot<void> | undefined, requestId: string): Partial<RunStatus> {
  const last: Partial<JobSnapshot<void>> & Pick<JobSnapshot<void>, 'state'> = snapshot ?? { state: 'REVOKED' };
  const { state, queuePosition = 0, stage = null, tilesDone = 0, tiles = 0, secondsLeft, notice, error } = last;
  return {
    state: STATES[state],
    progress: {
      ...{ queue_position: queuePosition, stage, tiles_done: tilesDone, tiles },
      ...(secondsLeft !== undefined && { seconds_left: secondsLeft }),
      ...(notice !== undefined && { notice }),
    },
    problem: error ? toProblem(error, requestId) : null,
    canRetry: error === undefined || isWorthRetrying(error),
  };
}
