import 'server-only';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { getJobQueue } from '@/lib/server/jobs';
import { defineJob } from '@/lib/server/jobs/define-job';
import { QueuedAttempt, type RunOwner } from '@/lib/server/runs/run-status';
import { readJson } from '@/lib/server/runs/stored-json';
import { workOnRun } from '@/lib/server/runs/work-on-run';
import { analyseStored, type RunData } from './analyse-stored';
import { AnalysisRecord, keysOf } from './record';
import { dropIfDeleted, isCurrentRun } from './stored-analysis';

const RUN_JOB = defineJob({
  name: 'run-analysis',
  schema: z.object({ analysis: z.string(), run: z.string(), ...QueuedAttempt.shape }),
  handler: ({ analysis, run, ...queued }, context): Promise<void> =>
    workOnRun({ queued, findOwner: () => findOwner({ analysis, run }) }, context, (attempt, inner) =>
      analyseStored({ analysis, run, ...attempt }, inner),
    ),
});

/** The run of an analysis; null where it has none. */
export function ownerOf({ id, run, source }: AnalysisRecord): RunOwner | null {
  if (!run) return null;
  return {
    run: run.id,
    keys: keysOf(id).run(run.id),
    what: 'analysis',
    lane: 'images',
    submit: async (attempt) => {
      if (!source) throw new AppError('internal', 'there is no run to take up');
      // A run that may have crashed a server is worked on alone, so that no other run is held to be the reason.
      const pixels = attempt.crashes > 0 ? Number.POSITIVE_INFINITY : source.width * source.height;
      const data = { analysis: id, run: run.id, ...attempt };
      return getJobQueue<void>().submit(RUN_JOB, data, { pixels, isAdmitted: true, mark: run.id });
    },
    isCurrent: () => isCurrentRun(id, run.id),
    dropIfDeleted: () => dropIfDeleted(id),
  };
}

async function findOwner({ analysis, run }: RunData): Promise<RunOwner | null> {
  const record = await readJson(keysOf(analysis).record, AnalysisRecord);
  return record?.run?.id === run ? ownerOf(record) : null;
}
