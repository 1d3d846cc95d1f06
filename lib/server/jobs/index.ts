import 'server-only';
import { getEnv } from '@/lib/server/env';
import { forgetProcessWide, processWide } from '@/lib/server/process-wide';
import { createLocalQueue } from './local';
import type { JobQueue } from './queue';

const NAME = 'jobs';

/** The server's one queue. */
export function getJobQueue<Result>(): JobQueue<Result> {
  return processWide(NAME, () => createLocalQueue<unknown>(getEnv().jobs)) as JobQueue<Result>;
}

/** Begins with an empty queue and the limits of the environment as it is now. */
export function resetJobQueueForTests(): void {
  forgetProcessWide(NAME);
}
