import 'server-only';
import { getEnv } from '@/lib/server/env';
import { createLocalQueue } from './local';
import type { JobQueue } from './queue';

const SLOT = Symbol.for('restain.jobs');
// On globalThis: every route is a bundle of its own, and development reloads them.
const slot = globalThis as { [SLOT]?: JobQueue<unknown> };

/** The server's one queue. */
export function getJobQueue<Result>(): JobQueue<Result> {
  slot[SLOT] ??= createLocalQueue<unknown>(getEnv().jobs);
  return slot[SLOT] as JobQueue<Result>;
}

/** Begins with an empty queue and the limits of the environment as it is now. */
export function resetJobQueueForTests(): void {
  delete slot[SLOT];
}
