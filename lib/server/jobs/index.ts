import 'server-only';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { createLocalQueue } from './local';
import type { JobQueue } from './queue';

/** The server's one queue. */
export function getJobQueue<Result>(): JobQueue<Result> {
  return processWide('jobs', () => createLocalQueue<unknown>(getEnv().jobs)) as JobQueue<Result>;
}
