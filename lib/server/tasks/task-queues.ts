import 'server-only';
import { getEnv } from '@/lib/server/env';
import { getOwnQueue, getSharedQueue } from '@/lib/server/jobs';
import type { JobQueue } from '@/lib/server/jobs/queue';
import type { ComposedResult } from '@/lib/server/results/compose-result';
import { remoteQueue } from './remote-infer';

const isElsewhere = async (id: string) => getEnv().jobs.isRemote && (await getOwnQueue().get(id)) === undefined;

/** The queue that a task is in: this process's own, or that of the workers, which every web process sees. */
export const queueOfTask = async (id: string): Promise<JobQueue<ComposedResult>> =>
  (await isElsewhere(id)) ? remoteQueue() : getOwnQueue<ComposedResult>();

/** Resolves when a task has ended, without what has come of it. */
export async function endOfTask(id: string): Promise<void> {
  await ((await isElsewhere(id)) ? getSharedQueue('images') : getOwnQueue()).ended(id);
}
