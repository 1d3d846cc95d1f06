import 'server-only';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { cellAt } from '@/lib/scoring/slide/slide-cells';
import { defineJob, type JobContext } from '@/lib/server/jobs/define-job';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { writeJson } from '@/lib/server/runs/stored-json';
import { keysOf } from '@/lib/server/slides/record';
import { dropIfDeleted } from '@/lib/server/slides/stored-slide';
import { getStorage } from '@/lib/server/storage';
import { toAppError } from '@/lib/server/to-app-error';
import { binKey, membranesKey } from './found-cells';
import { scoreCell } from './score-cell';
import { type ScoringIds, type SharedWork, withSharedWork } from './shared-work';
import { isAllGlass } from './slide-facts';

/** A part whose work has silenced so many workers is held to be the reason. */
const MAX_STALLS = 3;

/** Why a part of a scoring's work cannot be done, as it is stored. */
export const StoredFault = z.object({ code: z.string(), detail: z.string() });

/** The cells of a scoring that hold tissue, as they are stored. */
export const TissueCells = z.object({ cells: z.array(z.int()) });

const MEASURE = 'measure';
/** Names the job that measures the slide of a scoring, or the one that scores a cell of it. */
export const markOf = (scoring: string, cell?: number): string => `${scoring}.${cell ?? MEASURE}`;

/** Measures the slide, unless that was done, and stores which cells of the scoring hold tissue. */
export const MEASURE_JOB = defineJob({
  name: 'measure-slide',
  schema: z.object({ slide: z.string(), scoring: z.string() }),
  judgesStalls: true,
  handler: (ids, context): Promise<void> =>
    doPart(ids, { name: MEASURE, inWords: 'Measuring the slide' }, context, async (work) => {
      context.report({ stage: 'reading', progress: 0 });
      const cells = work.stored.cells.filter((index) => !isAllGlass(index, work.plan, work.facts));
      const { cells: key } = keysOf(ids.slide).scoring(ids.scoring);
      await retryWhileStorageIsAway(() => writeJson(key, { cells } satisfies z.infer<typeof TissueCells>), work.signal);
    }),
});

/** Finds and stores the nuclei of one cell of a scoring, unless they are there. */
export const CELL_JOB = defineJob({
  name: 'score-cell',
  schema: z.object({ slide: z.string(), scoring: z.string(), cell: z.int() }),
  judgesStalls: true,
  handler: ({ cell, ...ids }, context): Promise<void> =>
    doPart(ids, { name: String(cell), inWords: `Scoring cell ${cell} of the slide` }, context, async (work) => {
      const place = cellAt(work.plan, cell);
      const keys = [binKey(work.folder, place), ...(work.gains ? [membranesKey(work.folder, place)] : [])];
      const isThere = async (key: string) => (await getStorage().age(key)) !== null;
      const there = await retryWhileStorageIsAway(() => Promise.all(keys.map(isThere)), work.signal);
      if (there.every(Boolean)) return;
      context.report({ stage: 'inferring', progress: 0 });
      await scoreCell(work, cell);
    }),
});

/**
 * Does a part of the work of a scoring. Why it cannot be done is stored: whoever sees to the scoring finds it there, whatever
 * has become of the queue.
 */
async function doPart(
  ids: ScoringIds,
  { name, inWords }: { name: string; inWords: string },
  context: JobContext,
  work: (shared: SharedWork) => Promise<void>,
): Promise<void> {
  const { signal, stalls } = context;
  try {
    if (stalls >= MAX_STALLS)
      throw new AppError(
        'interrupted',
        `${inWords} has stopped its worker ${stalls} times, so the scoring was given up. It may need more memory than the workers have.`,
      );
    await withSharedWork(ids, signal, work);
  } catch (error) {
    const { code, detail } = toAppError(error);
    if (!signal.aborted && code !== 'cancelled') {
      const { fault } = keysOf(ids.slide).scoring(ids.scoring);
      await retryWhileStorageIsAway(() => writeJson(fault(name), { code, detail }), signal);
    }
    throw error;
  } finally {
    // What was written after a deletion goes again. Where the storage is away, the sweeper does it.
    await dropIfDeleted(ids.slide).catch(() => {});
  }
}
