import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { createLocalQueue } from '@/lib/server/jobs/local';
import type { JobQueue } from '@/lib/server/jobs/queue';
import { processWide } from '@/lib/server/process-wide';

/** How many of each are worked on at once. */
const AT_ONCE = {
  /** Uploads that lie in the temporary folder, each with what it unpacks to. */
  files: 4,
  /** Checks and updates, each holding a few pictures of its image's size. */
  pictures: 2,
} as const;
type Kind = keyof typeof AT_ONCE;

const queues = processWide('short-jobs', (): Partial<Record<Kind, JobQueue<unknown>>> => ({}));

/**
 * Does work of seconds that somebody waits for (checking an upload, updating a score), within the same limits as the
 * analyses but beside them: it does not wait behind those, which take minutes.
 *
 * @throws AppError `queue_full`, or what the work throws
 */
export const runShortJob = <Result>(pixels: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> =>
  run('pictures', pixels, work);

/** The same for work on a file, which may itself wait for a short job: so that only so many files lie about. */
export const runFileJob = <Result>(work: () => Promise<Result>): Promise<Result> => run('files', 0, work);

async function run<Result>(
  kind: Kind,
  pixels: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  queues[kind] ??= createLocalQueue<unknown>({ ...getEnv().jobs, concurrentImages: AT_ONCE[kind] });
  const queue = queues[kind] as JobQueue<Result>;
  const id = queue.submit({ pixels, run: ({ signal }) => work(signal), dispose: () => undefined, bytesOf: () => 0 });
  const { state, result, error } = await queue.ended(id);
  queue.forget(id);
  if (state === 'SUCCESS') return result as Result;
  throw error ?? new AppError('cancelled', 'The work was cancelled.');
}
