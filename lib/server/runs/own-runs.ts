import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { getJobQueue, isShared } from '@/lib/server/jobs';
import type { Lane } from '@/lib/server/jobs/lane';
import { processWide } from '@/lib/server/process-wide';

export type OwnRun = {
  /** Stops the work. */
  stop: () => Promise<void>;
  /** Resolves when nothing more of the run will be written by this server. */
  over: Promise<void>;
  /** Whether it is being worked on, and does not wait. */
  isRunning: () => Promise<boolean>;
  /** Leaves the run to the next server, and stops the work. Resolves when that is stored. */
  release: () => Promise<void>;
};

const state = () => processWide('runs', () => ({ own: new Map<string, OwnRun>(), isEnding: false }));

/** The runs that this server has, by their ids. */
export const ownRuns = (): Map<string, OwnRun> => state().own;

/** Whether this server is about to end, and takes no more runs. */
export const isEnding = (): boolean => state().isEnding;

/**
 * Stops a run, when it is this server's, and waits until nothing more of it will be written. One that waits in a shared
 * queue is taken out of it; one that another server works on is stopped by what is stored of it.
 */
export async function stopOwnRun(run: string, lane: Lane): Promise<void> {
  const own = ownRuns().get(run);
  if (own) {
    await own.stop();
    await own.over;
  } else if (isShared()) {
    // Its worker would soon see for itself, as it does where the queue is away.
    await getJobQueue<void>(lane)
      .cancel(run)
      .catch(() => {});
  }
}

/**
 * Leaves all runs of this server to the next one: at once what waits, and after a while what is being worked on. Resolves
 * when nothing more is done for them here.
 *
 * @param graceMs - how long what is being worked on may take to end
 * @param patienceMs - how long a storage that does not answer may delay it
 */
export async function releaseOwnRuns(graceMs = 0, patienceMs = Number.POSITIVE_INFINITY): Promise<void> {
  state().isEnding = true;
  const runs = [...ownRuns().values()];
  const release = async (some: OwnRun[]) => {
    await Promise.allSettled(some.map((run) => run.release()));
    await Promise.all(some.map(({ over }) => over));
  };
  const running = new Set<OwnRun>();
  if (graceMs > 0) for (const run of runs) if (await run.isRunning()) running.add(run);
  const leaving = release(runs.filter((run) => !running.has(run)));
  const ending = [...running].map((run) => run.over.then(() => running.delete(run)));
  await Promise.race([Promise.all(ending), delay(graceMs, undefined, { ref: false })]);
  const all = Promise.all([leaving, release([...running])]);
  if (patienceMs === Number.POSITIVE_INFINITY) await all;
  else await Promise.race([all, delay(patienceMs, undefined, { ref: false })]);
}
