import 'server-only';
import { AppError } from '@/lib/errors';
import { getJobQueue } from '@/lib/server/jobs';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { type AnalysisRecord, keysOf } from './record';
import { RUN_JOB } from './run-job';
import { dropIfDeleted, isCurrentRun } from './stored-analysis';

/** The run of an analysis; null where it has none. */
export function ownerOf({ id, run, source }: AnalysisRecord): RunOwner | null {
  if (!run) return null;
  return {
    run: run.id,
    keys: keysOf(id).run(run.id),
    what: 'analysis',
    submit: async ({ attempt, crashes, requestId }) => {
      if (!source) throw new AppError('internal', 'there is no run to take up');
      // A run that may have crashed a server is worked on alone, so that no other run is held to be the reason.
      const pixels = crashes > 0 ? Number.POSITIVE_INFINITY : source.width * source.height;
      const data = { analysis: id, run: run.id, attempt, requestId };
      return getJobQueue<void>().submit(RUN_JOB, data, { pixels, isAdmitted: true });
    },
    isCurrent: () => isCurrentRun(id, run.id),
    dropIfDeleted: () => dropIfDeleted(id),
  };
}
