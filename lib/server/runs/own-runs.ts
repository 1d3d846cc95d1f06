import 'server-only';
import { getJobQueue } from '@/lib/server/jobs';
import { processWide } from '@/lib/server/process-wide';

export type OwnRun = {
  job: string;
  /** Resolves when nothing more of the run will be written by this server. */
  over: Promise<void>;
  /** Leaves the run to the next server, and stops the work. Resolves when that is stored. */
  release: () => Promise<void>;
};

const state = () => processWide('runs', () => ({ own: new Map<string, OwnRun>(), isEnding: false }));

/** The runs that this server has, by their ids. */
export const ownRuns = (): Map<string, OwnRun> => state().own;

/** Whether this server is about to end, and takes no more runs. */
export const isEnding = (): boolean => state().isEnding;

/** Stops a run, when it is this server's, and waits until nothing more of it will be written. */
export async function stopOwnRun(run: string): Promise<void> {
  const own = ownRuns().get(run);
  if (!own) return;
  await getJobQueue<void>().cancel(own.job);
  await own.over;
}

/** Leaves all runs of this server to the next one. Resolves when nothing more is done for them here. */
export async function releaseOwnRuns(): Promise<void> {
  state().isEnding = true;
  const runs = [...ownRuns().values()];
  await Promise.allSettled(runs.map(({ release }) => release()));
  await Promise.all(runs.map(({ over }) => over));
}
