import 'server-only';
import { startEngine } from '@/lib/server/inference/engine';
import { FairLine } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import type { Task } from '@/workers/protocol';

/**
 * Runs a task of a slide in the pool. All slides together have as many tasks there as it does at once, and one picture has as
 * many: so a picture that comes while slides are scored gets every second turn. Slides take turns among themselves.
 *
 * @param scoring - whose task it is
 */
export async function runFairly<Payload, Result>(
  scoring: string,
  task: Task<Payload, Result>,
  payload: Payload,
  signal: AbortSignal,
): Promise<Result> {
  const { pool } = await startEngine();
  const line = processWide(
    'slide-tasks',
    () =>
      new FairLine({
        places: pool.places,
        waiting: Number.POSITIVE_INFINITY,
        what: 'tiles of slides wait to be inferred',
        retrySeconds: 10,
      }),
  );
  const place = await line.enter({ client: scoring, isAdmitted: true });
  try {
    signal.throwIfAborted();
    return await pool.run(task, payload);
  } finally {
    place.leave();
  }
}

/**
 * Does a search in a cell when its turn has come. A search takes hundreds of megabytes, so on few threads there is one at a time:
 * the others infer tiles of the next cell meanwhile.
 *
 * @param work - runs the search in the pool
 */
export async function searchInTurn<T>(scoring: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { pool } = await startEngine();
  const line = processWide(
    'slide-searches',
    () =>
      new FairLine({
        places: Math.max(1, Math.floor(pool.threads / 2)),
        waiting: Number.POSITIVE_INFINITY,
        what: 'cells of slides wait to be searched',
        retrySeconds: 10,
      }),
  );
  const place = await line.enter({ client: scoring, isAdmitted: true });
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    place.leave();
  }
}
