import 'server-only';
import type { AnalysisProgress } from '@/lib/contracts/analysis';
import { getJobQueue, isShared } from '@/lib/server/jobs';
import type { Lane } from '@/lib/server/jobs/lane';
import { newStatus, type RunStatus } from './run-status';

/**
 * How far an unfinished run is, for an answer. Of one that no server has, a shared queue tells its place in the line.
 *
 * @param run - its id, and where it waits
 */
export async function progressOf(
  { run, lane }: { run: string; lane: Lane },
  status: RunStatus,
  isOrphaned: boolean,
): Promise<AnalysisProgress> {
  if (!isOrphaned) return status.progress;
  const { progress } = newStatus();
  if (!isShared()) return progress;
  // A queue that is away tells no place, and keeps nobody from reading the rest.
  const job = await getJobQueue<void>(lane)
    .get(run)
    .catch(() => undefined);
  return { ...progress, queue_position: job?.queuePosition ?? status.progress.queue_position };
}
