import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@/lib/errors';

/** For how long a storage may be away before the work that needs it is given up. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 2_000;

/** Tries again while the storage cannot be reached; any other failure is thrown at once. */
export async function retryWhileStorageIsAway<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof AppError && error.code === 'storage_unavailable';
      if (!isPassing || Date.now() > until) throw error;
    }
    await delay(PAUSE_MS, undefined, { signal }).catch(() => {
      throw new AppError('cancelled', 'The work was cancelled.');
    });
  }
}
