import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { getEnv } from '@/lib/server/env';
import { drainListeners } from '@/lib/server/http/listener';
import { drainShared, handBackShared, isShared } from '@/lib/server/jobs';
import { getLog } from '@/lib/server/log';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { closeRedis } from '@/lib/server/redis/redis';
import { releaseOwnRuns } from '@/lib/server/runs/own-runs';

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof NUMBERS;
const SIGNALS = Object.keys(NUMBERS) as Signal[];
/** How long a storage that does not answer can delay the end of the process. */
const PATIENCE_MS = 3_000;
/** A terminal sends a signal to every process, and `npm start` passes its own on: both together are one. */
const ONE_SIGNAL_MS = 1_000;

/**
 * Ends the process in good order when a signal says so. No new connection is taken, and what is being answered is
 * answered to its end. Running analyses may end, except after Ctrl-C, where somebody waits. After `SHUTDOWN_SECONDS` what
 * is left goes to the next server, or to another one. Slides are closed, so that no file of a patient stays in the
 * temporary folder. A later signal ends the process at once.
 */
export function endBySignal(): void {
  let since: number | null = null;
  for (const signal of SIGNALS) {
    // Next's would wait for requests without a limit, and would not wait for anything else.
    process.removeAllListeners(signal);
    process.on(signal, () => {
      if (since === null) {
        since = performance.now();
        void end(signal);
      } else if (performance.now() - since > ONE_SIGNAL_MS) process.exit(128 + NUMBERS[signal]);
    });
  }
}

async function end(signal: Signal): Promise<void> {
  const { shutdownSeconds } = getEnv().process;
  const graceMs = shutdownSeconds * 1000;
  const began = performance.now();
  getLog().info({ signal, seconds: shutdownSeconds }, 'ending');
  const answered = drainListeners();
  try {
    const workMs = signal === 'SIGINT' ? 0 : graceMs;
    // Runs are waited for by what is stored of them; cells of slides and posted images are none. What sees to others ends at once.
    const othersDone = isShared() ? drainShared((lane) => (lane === 'scorings' ? 0 : workMs)) : undefined;
    await Promise.all([releaseOwnRuns(workMs, PATIENCE_MS), othersDone]);
    if (isShared()) await handBackShared();
    const left = Math.max(0, began + graceMs - performance.now());
    const isAnswered = await Promise.race([answered.then(() => true), delay(left, false)]);
    if (!isAnswered) getLog().warn({ seconds: shutdownSeconds }, 'requests were cut: they took longer');
    // A process that ends while a file is read leaves it in the temporary folder.
    await Promise.race([getSharedSlides().closeAll(), delay(PATIENCE_MS)]);
    closeRedis();
  } catch (err) {
    getLog().error({ err }, 'not ended in good order');
  }
  process.exit(128 + NUMBERS[signal]);
}
