import { delay, isPassing } from '@/lib/client/http';
import { PassingFailure, type Trouble, troubleOf } from './failures';

/** How long to wait after the first, second... failure; the first may be no more than a link that has expired. */
const PAUSES_MS = [300, 1000, 2000, 4000, 8000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/**
 * Tries until it works what the page cannot do without. Each failure is told; one that may pass is tried again by itself,
 * later and later, any other when somebody asks for it.
 *
 * @param report - the trouble with what is named so, null when it is over.
 */
export function createAttempts(report: (name: string, trouble: Trouble | null) => void) {
  let life = new AbortController();
  let wake = new AbortController();

  /** Over when the time is, when somebody asks, or when the browser is online again. */
  async function rest(ms: number | null): Promise<void> {
    const ends = [wake.signal, life.signal];
    if (ms !== null) await delay(ms, AbortSignal.any(ends)).catch(() => undefined);
    else await new Promise((resolve) => AbortSignal.any(ends).addEventListener('abort', resolve, { once: true }));
  }

  return {
    /** @throws only when all attempts are over: then nobody wants it any more. */
    async run<T>(name: string, work: () => Promise<T>): Promise<T> {
      const { signal } = life;
      for (let failures = 0; ; failures++) {
        try {
          const value = await work();
          signal.throwIfAborted();
          if (failures > 0) report(name, null);
          return value;
        } catch (error) {
          signal.throwIfAborted();
          report(name, troubleOf(error));
          const mayPass = error instanceof PassingFailure || isPassing(error);
          await rest(mayPass ? (PAUSES_MS[failures] ?? LONGEST_PAUSE_MS) : null);
          signal.throwIfAborted();
        }
      }
    },
    /** Tries at once everything that waits. */
    retryNow() {
      const waiting = wake;
      wake = new AbortController();
      waiting.abort();
    },
    close() {
      life.abort();
      life = new AbortController();
    },
  };
}

export type Attempts = ReturnType<typeof createAttempts>;
