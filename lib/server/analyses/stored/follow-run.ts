import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, ERRORS } from '@/lib/errors';
import { getLog } from '@/lib/server/http/log';
import { toProblem } from '@/lib/server/http/problem';
import { getJobQueue } from '@/lib/server/jobs';
import type { JobSnapshot } from '@/lib/server/jobs/queue';
import { getStorage } from '@/lib/server/storage';
import { persist } from './persist';
import { keysOf, type RunStatus } from './record';
import { dropIfDeleted, isWanted, writeJson } from './store';

/** Between two writings of a run's status: what a watcher of the page sees as progress. */
const BEAT_MS = 1_000;

/** Another try at what failed by the caller's image or options would fail the same way. */
const isWorthRetrying = (error: AppError) => ERRORS[error.code].status >= 500;

type FollowedRun = { id: string; run: string; job: string; requestId: string };

const SLOT = Symbol.for('restain.followed-runs');
const slot = globalThis as { [SLOT]?: Map<string, { job: string; over: Promise<void> }> };
slot[SLOT] ??= new Map();
/** The runs of this server that have not ended. */
const followed = slot[SLOT];

export const newStatus = (queuePosition: number): RunStatus => ({
  state: 'queued',
  beatAt: new Date().toISOString(),
  progress: { queue_position: queuePosition, stage: null, tiles_done: 0, tiles: 0 },
  problem: null,
  canRetry: true,
});

/** Writes down how a run stands until it has ended, and stops it when it was cancelled or deleted anywhere. */
export function followRun(followedRun: FollowedRun): void {
  const over = follow(followedRun)
    .catch((err: unknown) => getLog().error({ err, requestId: followedRun.requestId }, 'end of a run not stored'))
    .finally(() => followed.delete(followedRun.run));
  followed.set(followedRun.run, { job: followedRun.job, over });
}

/** Stops a run, when it is this server's, and waits until nothing more of it will be written. */
export async function stopHere(run: string): Promise<void> {
  const entry = followed.get(run);
  if (!entry) return;
  getJobQueue<void>().cancel(entry.job);
  await entry.over;
}

async function follow({ id, run, job, requestId }: FollowedRun): Promise<void> {
  const queue = getJobQueue<void>();
  const keys = keysOf(id).run(run);
  const ended = queue.ended(job);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    try {
      await writeJson(keys.status, statusOf(queue.get(job), requestId));
      const [isCancelled, isStillWanted] = await Promise.all([exists(keys.cancel), isWanted(id, run)]);
      if (isCancelled || !isStillWanted) queue.cancel(job);
    } catch (error) {
      // A storage that is away for a moment stops no run; the next beat tries again.
      getLog().warn({ requestId, code: error instanceof AppError ? error.code : 'internal' }, 'beat of a run failed');
    }
    await Promise.race([ended, delay(BEAT_MS, undefined, { ref: false })]);
  }
  const last = await ended;
  queue.forget(job);
  await persist(async () => {
    if (await isWanted(id, run)) await writeJson(keys.status, statusOf(last, requestId));
    else await getStorage().delete(keys.folder);
  });
  await persist(() => dropIfDeleted(id));
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

function statusOf(snapshot: JobSnapshot<void> | undefined, requestId: string): RunStatus {
  const { state, queuePosition = 0, stage = null, tilesDone = 0, tiles = 0, error } = snapshot ?? { state: 'REVOKED' };
  return {
    state: STATES[state],
    beatAt: new Date().toISOString(),
    progress: { queue_position: queuePosition, stage, tiles_done: tilesDone, tiles },
    problem: error ? toProblem(error, requestId) : null,
    canRetry: error === undefined || isWorthRetrying(error),
  };
}
