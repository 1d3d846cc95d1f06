import { delay, isPassing } from '@/lib/client/http';
import { PassingFailure } from './failures';
import { type Trouble, troubleOf } from './trouble';

/** Pauses after the first, second... failure. The first is short, since an expired link is renewed at once. */
const PAUSES_MS = [300, 1000, 2000, 4000, 8000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/**
 * Repeats work that the page needs until it succeeds. A failure that may pass is retried after a growing pause, any other
 * one when the user asks for it.
 *
 * @param report - called with the name of the work and its trouble, and with null when the trouble is over
 */
export function createAttempts(report: (name: string, trouble: Trouble | null) => void) {
  let life = new AbortController();
  let wake = new AbortController();

  /** Ends after `ms`, when the user asks, or when the browser is online again. null: no time limit. */
  async function rest(ms: number | null): Promise<void> {
    const ends = [wake.signal, life.signal];
    if (ms !== null) await delay(ms, AbortSignal.any(ends)).catch(() => undefined);
    else await new Promise((resolve) => AbortSignal.any(ends).addEventListener('abort', resolve, { once: true }));
  }

  return {
    /** @throws (rejects) only after `close` */
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
    /** Retries at once everything that is in a pause. */
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
