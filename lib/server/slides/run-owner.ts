import 'server-only';
import { z } from 'zod';
import { getJobQueue } from '@/lib/server/jobs';
import { defineJob } from '@/lib/server/jobs/define-job';
import { QueuedAttempt, type RunOwner } from '@/lib/server/runs/run-status';
import { workOnRun } from '@/lib/server/runs/work-on-run';
import { keysOf, readRecord, type SlideRecord } from './record';
import { dropIfDeleted, isCurrentRun } from './stored-slide';
import { type IngestData, writeCopy } from './write-copy';

const INGEST_JOB = defineJob({
  name: 'ingest-slide',
  schema: z.object({ slide: z.string(), run: z.string(), ...QueuedAttempt.shape }),
  handler: ({ slide, run, ...queued }, context): Promise<void> =>
    workOnRun({ queued, findOwner: () => findOwner({ slide, run }) }, context, (attempt, inner) =>
      writeCopy({ slide, run, ...attempt }, inner),
    ),
});

/** The ingest of a slide; null where none was asked for. */
export function ownerOf({ id, run }: SlideRecord): RunOwner | null {
  if (!run) return null;
  return {
    run: run.id,
    keys: keysOf(id).run(run.id),
    what: 'slide',
    lane: 'ingests',
    submit: async (attempt) => {
      // However large the slide, little of it is in memory. One that may have crashed a server is worked on alone.
      const pixels = attempt.crashes > 0 ? Number.POSITIVE_INFINITY : 0;
      const data = { slide: id, run: run.id, ...attempt };
      return getJobQueue<void>('ingests').submit(INGEST_JOB, data, { pixels, isAdmitted: true, mark: run.id });
    },
    isCurrent: () => isCurrentRun(id, run.id),
    dropIfDeleted: async () => void (await dropIfDeleted(id)),
  };
}

async function findOwner({ slide, run }: IngestData): Promise<RunOwner | null> {
  const record = await readRecord(slide);
  return record?.run?.id === run ? ownerOf(record) : null;
}
