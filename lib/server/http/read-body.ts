import 'server-only';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';

/**
 * Reads the body of a request chunk by chunk, with a limit for slow senders. All bodies are read so.
 *
 * In every `STALL_SECONDS` of waiting, at least `LEAST_BYTES_PER_SECOND` must come in for each second. Only waiting counts,
 * not the time that the server needs to store a chunk.
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

/** Waits for a promise up to a time limit, then gives `late`. The promise can be awaited again. */
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
