import 'server-only';
import { z } from 'zod';
import { getJobQueue } from '@/lib/server/jobs';
import { defineJob } from '@/lib/server/jobs/define-job';
import { QueuedAttempt, type RunOwner } from '@/lib/server/runs/run-status';
import { exists } from '@/lib/server/runs/stored-json';
import { workOnRun } from '@/lib/server/runs/work-on-run';
import { keysOf } from '@/lib/server/slides/record';
import { dropIfDeleted } from '@/lib/server/slides/stored-slide';
import { scoreStored } from './score-stored';

const SCORING_JOB = defineJob({
  name: 'score-slide',
  isLight: true,
  schema: z.object({ slide: z.string(), scoring: z.string(), ...QueuedAttempt.shape }),
  handler: ({ slide, scoring, ...queued }, context): Promise<void> =>
    workOnRun({ queued, findOwner: () => findOwner(slide, scoring) }, context, (attempt, inner) =>
      scoreStored({ slide, scoring, ...attempt }, inner),
    ),
});

/** The run of a scoring. @param folderId - the slide's */
export function ownerOfScoring(folderId: string, scoring: string): RunOwner {
  const keys = keysOf(folderId);
  const { record, run } = keys.scoring(scoring);
  return {
    run: scoring,
    keys: run,
    what: 'scoring',
    lane: 'scorings',
    submit: async (attempt) => {
      // It takes no place of its own among what is worked on.
      const data = { slide: folderId, scoring, ...attempt };
      return getJobQueue<void>('scorings').submit(SCORING_JOB, data, { pixels: 0, isAdmitted: true, mark: scoring });
    },
    isCurrent: async () => (await exists(keys.record)) && exists(record),
    dropIfDeleted: async () => void (await dropIfDeleted(folderId)),
  };
}

async function findOwner(folderId: string, scoring: string): Promise<RunOwner | null> {
  const owner = ownerOfScoring(folderId, scoring);
  return (await owner.isCurrent()) ? owner : null;
}
