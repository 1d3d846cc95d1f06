import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, ERRORS } from '@/lib/errors';
import { toProblem } from '@/lib/server/http/problem-answer';
import { getJobQueue } from '@/lib/server/jobs';
import type { JobSnapshot } from '@/lib/server/jobs/queue';
import { getLog } from '@/lib/server/log';
import { getStorage } from '@/lib/server/storage';
import { interrupted } from './describe-analysis';
import { followed } from './liveness';
import { type KeysOfRun, keysOf, type RunStatus } from './record';
import { retryWhileStorageIsAway } from './retry-storage';
import { dropIfDeleted, isWanted, writeJson } from './stored-analysis';

/** Between two writings of a run's status: what a watcher of the page sees as progress. */
const BEAT_MS = 1_000;

/** Another try at what failed by the caller's image or options would fail the same way. */
const isWorthRetrying = (error: AppError) => ERRORS[error.code].status >= 500;

type FollowedRun = { id: string; run: string; job: string; requestId: string };

export const newStatus = (queuePosition: number): RunStatus => ({
  state: 'queued',
  beat: 0,
  progress: { queue_position: queuePosition, stage: null, tiles_done: 0, tiles: 0 },
  problem: null,
  canRetry: true,
});

/** Writes down how a run stands until it has ended, and stops it when it was cancelled or deleted anywhere. */
export function followRun(run: FollowedRun): void {
  const follower = new Follower(run);
  const over = follower
    .follow()
    .catch((err: unknown) => getLog().error({ err, requestId: run.requestId }, 'end of a run not stored'))
    .finally(() => followed.delete(run.run));
  followed.set(run.run, { job: run.job, over, interrupt: () => follower.interrupt() });
}

/**
 * Marks all runs of this server as interrupted, and stops them: who watches them learns at once, and can try again.
 * Resolves when that is stored.
 */
export async function interruptRuns(): Promise<void> {
  await Promise.allSettled([...followed.values()].map(({ interrupt }) => interrupt()));
}

/** Waits until nothing more is done for the runs that this server has now. */
export async function endOfRuns(): Promise<void> {
  await Promise.all([...followed.values()].map(({ over }) => over));
}

/** Stops a run, when it is this server's, and waits until nothing more of it will be written. */
export async function stopHere(run: string): Promise<void> {
  const entry = followed.get(run);
  if (!entry) return;
  await getJobQueue<void>().cancel(entry.job);
  await entry.over;
}

class Follower {
  private readonly run: FollowedRun;
  private readonly keys: KeysOfRun;
  private beat = 0;
  private isInterrupted = false;
  private written: Promise<void> = Promise.resolve();

  constructor(run: FollowedRun) {
    this.run = run;
    this.keys = keysOf(run.id).run(run.run);
  }

  async follow(): Promise<void> {
    const { id, run, job, requestId } = this.run;
    const queue = getJobQueue<void>();
    const ended = queue.ended(job);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      try {
        await this.write(await queue.get(job));
        const [isCancelled, isStillWanted] = await Promise.all([exists(this.keys.cancel), isWanted(id, run)]);
        if (isCancelled || !isStillWanted) await queue.cancel(job);
      } catch (error) {
        // A storage that is away for a moment stops no run; the next beat tries again.
        getLog().warn({ requestId, code: error instanceof AppError ? error.code : 'internal' }, 'beat of a run failed');
      }
      await Promise.race([ended, delay(BEAT_MS, undefined, { ref: false })]);
    }
    const last = await ended;
    await queue.forget(job);
    await retryWhileStorageIsAway(async () => {
      if (await isWanted(id, run)) await this.write(last);
      else await getStorage().delete(this.keys.folder);
    });
    await retryWhileStorageIsAway(() => dropIfDeleted(id));
  }

  async interrupt(): Promise<void> {
    this.isInterrupted = true;
    await this.write(undefined).finally(() => getJobQueue<void>().cancel(this.run.job));
  }

  /** One after the other: an older status must not replace a newer one. */
  private write(snapshot: JobSnapshot<void> | undefined): Promise<void> {
    const written = this.written.then(() => writeJson(this.keys.status, this.statusOf(snapshot)));
    this.written = written.catch(() => undefined);
    return written;
  }

  private statusOf(snapshot: JobSnapshot<void> | undefined): RunStatus {
    const { requestId } = this.run;
    const isCutShort = this.isInterrupted && snapshot?.state !== 'SUCCESS';
    const status = isCutShort
      ? { ...newStatus(0), state: 'failed' as const, problem: toProblem(interrupted(), requestId) }
      : statusOf(snapshot, requestId);
    return { ...status, beat: ++this.beat };
  }
}

async function exists(key: string): Promise<boolean> {
  const object = await getStorage().get(key);
  object?.body.destroy();
  return object !== null;
}

const STATES = {
  PENDING: 'queued',
  STARTED: 'running',
  SUCCESS: 'done',
  FAILURE: 'failed',
  REVOKED: 'cancelled',
} as const satisfies Record<JobSnapshot<void>['state'], RunStatus['state']>;

function statusOf(snapshot: JobSnapshot<void> | undefined, requestId: string): Omit<RunStatus, 'beat'> {
  const { state, queuePosition = 0, stage = null, tilesDone = 0, tiles = 0, error } = snapshot ?? { state: 'REVOKED' };
  return {
    state: STATES[state],
    progress: { queue_position: queuePosition, stage, tiles_done: tilesDone, tiles },
    problem: error ? toProblem(error, requestId) : null,
    canRetry: error === undefined || isWorthRetrying(error),
  };
}
