import 'server-only';
import { processWide } from '@/lib/server/process-wide';
import { getStorage } from '@/lib/server/storage';
import type { RunStatus } from './record';

/** A server that has not written for so long has died, or cannot reach the storage. */
const SILENT_MS = 20_000;
const MAX_WATCHED = 1000;

type Followed = { job: string; over: Promise<void>; interrupt: () => Promise<void> };
type Watched = { beat: number; since: number };

/** The runs of this server that have not ended. */
export const followed = processWide('runs', () => new Map<string, Followed>());
/** Beats of other servers' runs, and when each was first seen here, the run last asked for at the end. */
const watched = processWide('watched-runs', () => new Map<string, Watched>());

/** Queued or running by its own word. */
export const isActive = ({ state }: Pick<RunStatus, 'state'>) => state === 'queued' || state === 'running';

/**
 * Whether a run that says it is active belongs to no living server.
 *
 * Servers' clocks are not compared: they may be hours apart. The storage says how old the latest beat is, by its own
 * clock alone; where that clock is set back, this server's own patience with one beat tells.
 */
export async function isLost(run: string, key: string, status: RunStatus): Promise<boolean> {
  if (!isActive(status) || followed.has(run)) return false;
  const before = watched.get(run);
  const isSame = before?.beat === status.beat;
  const since = isSame ? before.since : performance.now();
  watched.delete(run);
  watched.set(run, { beat: status.beat, since });
  const [oldest] = watched.keys();
  if (watched.size > MAX_WATCHED && oldest !== undefined) watched.delete(oldest);
  if (performance.now() - since > SILENT_MS) return true;
  const age = await getStorage().age(key);
  return age !== null && age > SILENT_MS;
}
