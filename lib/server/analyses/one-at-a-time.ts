import 'server-only';
import { AppError } from '@/lib/errors';
import { processWide } from '@/lib/server/process-wide';

/** More than the people who work on one analysis at once. Stops a loop that sends without waiting. */
const MAX_IN_LINE = 8;
const RETRY_SECONDS = 5;

type Line = { length: number; tail: Promise<unknown> };

/** One for each analysis that this server is working on. */
const lines = processWide('analyses-one-at-a-time', () => new Map<string, Line>());

/**
 * Does the work on one analysis piece by piece, in the order of arrival.
 *
 * @throws AppError `queue_full`, or what the work throws
 */
export async function oneAtATime<T>(id: string, work: () => Promise<T>): Promise<T> {
  const line = lines.get(id) ?? { length: 0, tail: Promise.resolve() };
  if (line.length >= MAX_IN_LINE)
    throw new AppError('queue_full', `${line.length} updates of this analysis wait already, as many as may.`, {
      retryAfterSeconds: RETRY_SECONDS,
    });
  lines.set(id, line);
  line.length++;
  const turn = line.tail.then(work);
  line.tail = turn.catch(() => undefined);
  try {
    return await turn;
  } finally {
    line.length--;
    if (line.length === 0) lines.delete(id);
  }
}
