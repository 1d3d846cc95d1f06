import 'server-only';
import { getJobQueue } from '@/lib/server/jobs';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { INGEST_JOB } from './ingest-job';
import { keysOf, type SlideRecord } from './record';
import { dropIfDeleted, isCurrentRun } from './stored-slide';

/** The ingest of a slide; null where none was asked for. */
export function ownerOf({ id, run }: SlideRecord): RunOwner | null {
  if (!run) return null;
  return {
    run: run.id,
    keys: keysOf(id).run(run.id),
    what: 'slide',
    submit: async ({ attempt, crashes, requestId }) => {
      // However large the slide, little of it is in memory. One that may have crashed a server is worked on alone.
      const pixels = crashes > 0 ? Number.POSITIVE_INFINITY : 0;
      const data = { slide: id, run: run.id, attempt, requestId };
      return getJobQueue<void>().submit(INGEST_JOB, data, { pixels, isAdmitted: true });
    },
    isCurrent: () => isCurrentRun(id, run.id),
    dropIfDeleted: async () => void (await dropIfDeleted(id)),
  };
}
