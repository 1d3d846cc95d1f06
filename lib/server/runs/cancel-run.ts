import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import { type LatestAttempt, readLatestAttempt } from './latest-attempt';
import { isActive } from './liveness';
import { ownRuns, stopOwnRun } from './own-runs';
import { newStatus, type RunKeys, type RunOwner } from './run-status';
import { writeJson, writeNewJson } from './stored-json';

/** How long a server has to stop its run; it looks once a second. */
const CANCEL_MS = 4_000;
const CANCEL_LOOK_MS = 250;

/**
 * Stops a run that waits or works, on whichever server. It has ended when this returns: where no server answers, this one
 * takes it over to end it.
 *
 * @param isOrphaned - whether no living server has it
 */
export async function cancelRun({ run, lane, keys, dropIfDeleted }: RunOwner, isOrphaned: boolean): Promise<void> {
  if (ownRuns().has(run)) return stopOwnRun(run, lane);
  // Also for a server that takes the run over at this moment.
  await writeJson(keys.cancel, {});
  await stopOwnRun(run, lane);
  for (let waitMs = isOrphaned ? 0 : CANCEL_MS; ; waitMs = CANCEL_MS) {
    const latest = await whenEnded(keys, waitMs);
    if (!latest || !isActive(latest.status)) break;
    await writeNewJson(keys.attempt(latest.attempt + 1).status, newStatus({ state: 'cancelled' }));
  }
  await dropIfDeleted();
}

/** The latest attempt at a run: once it has ended, or when the time is over. */
async function whenEnded(run: RunKeys, waitMs: number): Promise<LatestAttempt | null> {
  const until = performance.now() + waitMs;
  for (;;) {
    const latest = await readLatestAttempt(run);
    if (!latest || !isActive(latest.status) || performance.now() >= until) return latest;
    await delay(CANCEL_LOOK_MS);
  }
}
