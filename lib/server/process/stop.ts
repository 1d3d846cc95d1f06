import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { releaseOwnRuns } from '@/lib/server/runs/own-runs';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** How long a storage that does not answer can delay the end of the server. */
const PATIENCE_MS = 3_000;

/**
 * Before a signal ends the server, its runs are released: this server at its next start, or another one, goes on with
 * them. Slides are closed, so that no file of a patient stays in the temporary folder. Then Next, which had its
 * listeners here before us, ends as it always does; a second signal ends it at once.
 */
export function releaseRunsBeforeEnd(): void {
  for (const signal of SIGNALS) {
    const others = process.listeners(signal) as ((signal: NodeJS.Signals) => void)[];
    process.removeAllListeners(signal);
    process.once(signal, async () => {
      // A process that ends while a tile is inferred crashes.
      const ended = Promise.all([releaseOwnRuns(), getSharedSlides().closeAll()]);
      await Promise.race([ended, delay(PATIENCE_MS)]);
      if (others.length === 0) process.kill(process.pid, signal);
      for (const listener of others) listener(signal);
    });
  }
}
