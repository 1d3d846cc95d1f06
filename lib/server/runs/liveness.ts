import 'server-only';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { getStorage } from '@/lib/server/storage';
import { ownRuns } from './own-runs';
import type { RunStatus } from './run-status';

/** A server that has not written for so long has died, or cannot reach the storage. */
export const silentMs = () => getEnv().jobs.silentSeconds * 1000;
const MAX_WATCHED = 1000;

/** `since`: when this server first saw the beat, in ms of its own uptime. */
type Watched = { beat: number; since: number };

/** The latest beat of each run of another server, by the key of its status; the run last asked for is at the end. */
const watched = processWide('watched-runs', () => new Map<string, Watched>());

/** Queued or running by its own word. */
export const isActive = ({ state }: Pick<RunStatus, 'state'>) => state === 'queued' || state === 'running';

/**
 * Whether a run is to be done but no living server has it, because its server has died or has released it.
 *
 * Servers' clocks are not compared: they may be hours apart. The storage says how old the latest beat is, by its own
 * clock alone. In case that clock is set back, this server also notes for how long it has seen the same beat.
 *
 * @param key - of the status
 */
export async function isOrphaned(run: string, key: string, status: RunStatus): Promise<boolean> {
  if (!isActive(status) || ownRuns().has(run)) return false;
  if (status.isReleased) return true;
  const before = watched.get(key);
  const isSame = before?.beat === status.beat;
  const since = isSame ? before.since : performance.now();
  watched.delete(key);
  watched.set(key, { beat: status.beat, since });
  const [oldest] = watched.keys();
  if (watched.size > MAX_WATCHED && oldest !== undefined) watched.delete(oldest);
  if (performance.now() - since > silentMs()) return true;
  const age = await getStorage().age(key);
  return age !== null && age > silentMs();
}
