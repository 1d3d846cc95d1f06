import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, ERRORS } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { getJobQueue } from '@/lib/server/jobs';
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

/** An attempt at a run, and the job that makes it. */
export type TrackedAttempt = Attempt & { owner: RunOwner; job: string };

/**
 * Tracks a run of this server until it has ended: writes down how it stands, and stops it when it was cancelled,
 * deleted, or taken over by another server.
 */
export function trackRun(attempt: TrackedAttempt): void {
  const tracker = new RunTracker(attempt);
  const { owner, job, requestId } = attempt;
  const { run } = owner;
  const over = tracker
    .track()
    .catch((err: unknown) => getLog().error({ err, requestId }, 'end of a run not stored'))
    .finally(() => ownRuns().delete(run));
  const release = () => tracker.release();
  ownRuns().set(run, { job, over, release });
  if (isEnding()) void release().catch(() => undefined);
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
    const { owner, job, requestId } = this.#attempt;
    const queue = getJobQueue<void>();
    const ended = queue.ended(job);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      try {
        await this.#write(await queue.get(job));
        if (await this.#isToStop()) await queue.cancel(job);
      } catch (error) {
        // A storage that is away for a moment stops no run; the next beat tries again.
        getLog().warn({ requestId, code: error instanceof AppError ? error.code : 'internal' }, 'beat of a run failed');
      }
      await Promise.race([ended, delay(BEAT_MS, undefined, { ref: false })]);
    }
    const last = await ended;
    await queue.forget(job);
    await retryWhileStorageIsAway(async () => {
      if (await owner.isCurrent()) await this.#write(last);
      else await getStorage().delete(this.#keys.folder);
    });
    await retryWhileStorageIsAway(() => owner.dropIfDeleted());
  }

  async release(): Promise<void> {
    const queue = getJobQueue<void>();
    const snapshot = await queue.get(this.#attempt.job);
    const { progress } = newStatus();
    // A run that is being worked on goes before those that wait, on the next server too.
    const position = snapshot?.state === 'PENDING' ? snapshot.queuePosition + 1 : 0;
    this.#released = { isReleased: true, progress: { ...progress, queue_position: position } };
    await this.#write(snapshot).finally(() => queue.cancel(this.#attempt.job));
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
  const { state, queuePosition = 0, stage = null, tilesDone = 0, tiles = 0, error } = snapshot ?? { state: 'REVOKED' };
  return {
    state: STATES[state],
    progress: { queue_position: queuePosition, stage, tiles_done: tilesDone, tiles },
    problem: error ? toProblem(error, requestId) : null,
    canRetry: error === undefined || isWorthRetrying(error),
  };
}
