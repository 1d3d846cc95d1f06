import 'server-only';
import { sweep } from '@/lib/server/analyses/sweep';
import { sweepBatches } from '@/lib/server/batches/sweep-batches';
import { getLog } from '@/lib/server/log';
import { silentMs } from '@/lib/server/runs/liveness';
import { sweepSlides } from '@/lib/server/slides/sweep-slides';

/** What lands in a bucket by a link that cannot be recalled lies there no longer than this. */
const SWEEP_MS = 5 * 60_000;
/** Once more after the start, when a server that was killed just before is known to be dead. */
const secondSweepMs = () => silentMs() + 5_000;

/** Sweeps now, soon again, and every few minutes for as long as the server runs; never keeps it from ending. */
export function startSweeper(): void {
  const failed = (what: string) => (err: unknown) => getLog().error({ err }, `${what} not swept`);
  const run = (what: string, work: () => Promise<number>) =>
    work()
      .then((swept) => swept > 0 && getLog().info({ swept }, `old ${what} deleted`))
      .catch(failed(what));
  const all = async () => {
    await run('analyses', sweep);
    // After the analyses that batches are made of.
    await sweepBatches().catch(failed('batches'));
    await run('slides', sweepSlides);
  };
  void all();
  setTimeout(all, secondSweepMs()).unref();
  setInterval(all, SWEEP_MS).unref();
}
