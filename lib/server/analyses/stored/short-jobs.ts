import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { createLocalQueue } from '@/lib/server/jobs/local';
import type { JobQueue } from '@/lib/server/jobs/queue';

/** How many uploads or updates are worked on at once: each holds a few pictures of the image's size. */
const AT_ONCE = 2;

const SLOT = Symbol.for('restain.short-jobs');
const slot = globalThis as { [SLOT]?: JobQueue<unknown> };

/**
 * Does work of seconds that somebody waits for (checking an upload, updating a score), within the same limits as the
 * analyses but beside them: it does not wait behind those, which take minutes.
 *
 * @throws AppError `queue_full`, or what the work throws
 */
export async function runShortJob<Result>(
  pixels: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  slot[SLOT] ??= createLocalQueue<unknown>({ ...getEnv().jobs, concurrentImages: AT_ONCE });
  const queue = slot[SLOT] as JobQueue<Result>;
  const id = queue.submit({ pixels, run: ({ signal }) => work(signal), dispose: () => undefined, bytesOf: () => 0 });
  const { state, result, error } = await queue.ended(id);
  queue.forget(id);
  if (state === 'SUCCESS') return result as Result;
  throw error ?? new AppError('cancelled', 'The work was cancelled.');
}
