import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';

/**
 * A request's body, piece by piece, from a sender that keeps sending: the one way in which bodies are read.
 *
 * Whenever we have waited `STALL_SECONDS` for it, at least `LEAST_BYTES_PER_SECOND` must have come in for each of them.
 * Only waiting counts: time that we take to write a piece away is not the sender's.
 *
 * @throws AppError `request_too_slow`; `cancelled` when the sender hangs up
 */
export async function* readBody(request: Request): AsyncGenerator<Uint8Array, void> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  const { stallSeconds, leastBytesPerSecond } = getEnv().http;
  const windowMs = stallSeconds * 1000;
  let waited = 0;
  let brought = 0;
  try {
    for (let next = reader.read(); ; ) {
      const since = performance.now();
      const piece = await withinMs(next, windowMs - waited).catch((cause: unknown) => {
        throw new AppError('cancelled', 'The sender hung up.', { cause });
      });
      waited += performance.now() - since;
      if (piece !== 'late') {
        if (piece.done) return;
        brought += piece.value.byteLength;
        yield piece.value;
        next = reader.read();
      }
      if (waited < windowMs) continue;
      if (brought < leastBytesPerSecond * stallSeconds) throw tooSlow(stallSeconds, leastBytesPerSecond, brought);
      waited = 0;
      brought = 0;
    }
  } finally {
    reader.releaseLock();
  }
}

function tooSlow(seconds: number, bytesPerSecond: number, brought: number): AppError {
  return new AppError(
    'request_too_slow',
    `A request must bring ${bytesPerSecond} bytes a second; in ${seconds} s this one brought ${brought}. Nothing of it is kept.`,
  );
}

/** What the promise gives, or `late`; the promise can be waited for again. */
async function withinMs<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
