import 'server-only';
import { AppError } from '@/lib/errors';

const BUSY_RETRY_SECONDS = 5;

/**
 * Waits for a decoder up to a time limit. A decoder that hangs keeps its thread, but its caller goes on.
 *
 * sharp's own time limit starts when the decoder does, so there the file is to blame. This one includes the wait for a
 * thread, so it blames nobody.
 *
 * @throws AppError `queue_full` when the time is over
 */
export async function withinSeconds<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const detail = `The image was not read within ${Math.ceil(seconds)} s: the server is busy, or the file is damaged. Try again in ${BUSY_RETRY_SECONDS} s.`;
    const error = new AppError('queue_full', detail, { retryAfterSeconds: BUSY_RETRY_SECONDS });
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
