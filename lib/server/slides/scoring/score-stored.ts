import 'server-only';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from '@/lib/errors';
import { isShared } from '@/lib/server/jobs';
import type { JobContext, JobDefinition } from '@/lib/server/jobs/define-job';
import type { BulkJob, JobQueue } from '@/lib/server/jobs/queue';
import { getLog } from '@/lib/server/log';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import type { Attempt } from '@/lib/server/runs/run-status';
import { readJson, whenDamaged, writeJson } from '@/lib/server/runs/stored-json';
import { keysOf } from '@/lib/server/slides/record';
import { getStorage } from '@/lib/server/storage';
import { CELL_JOB, MEASURE_JOB, markOf, StoredFault, TissueCells } from './cell-jobs';
import { isFinished, listFound } from './found-cells';
import { byTurns, queueOfCells, readyOf } from './queue-of-cells';
import { nobodyServes } from './scoring-pin';
import { readScoring, type StoredScoring } from './scoring-record';
import { endSharedWork, isCancelled, type ScoringIds } from './shared-work';
import { nucleiKeyOf } from './slide-plan';

/** Between two looks at what is there: so many times as long as a look takes, within bounds. A bucket's lists cost money. */
const PAUSE_PER_LOOK = 10;
const LEAST_PAUSE_MS = 100;
const mostPauseMs = () => (isShared() ? 5_000 : 500);
/** So often it is made sure that what is not done yet waits in the queue, which may have lost it. */
const QUEUE_AGAIN_MS = 5_000;

/**
 * Sees to a scoring until it has ended: queues its cells, and looks in the storage what has become of them. It does none of
 * their work. Whoever does this after another goes on from what is there.
 */
export async function scoreStored(ids: ScoringIds & Attempt, context: JobContext): Promise<void> {
  const { slide, scoring, attempt, requestId } = ids;
  const { signal } = context;
  context.report({ stage: 'reading', progress: 0 });
  const stored = await retryWhileStorageIsAway(() => readScoring(slide, scoring), signal);
  if (!stored) throw new AppError('slide_not_found', 'The slide was deleted.');
  // Here the cells are in work, too: a crash that they lead to is counted. A shared queue counts those of each cell.
  const { begun } = keysOf(slide).scoring(scoring).run.attempt(attempt);
  if (!isShared()) await retryWhileStorageIsAway(() => writeJson(begun, {}), signal);
  getLog().info({ requestId, attempt, cells: stored.cells.length }, 'scoring begun');
  await new Coordinator(ids, stored, context).run();
  endSharedWork(scoring);
}

class Coordinator {
  readonly #ids: ScoringIds & Attempt;
  readonly #stored: StoredScoring;
  readonly #context: JobContext;
  readonly #keys: ReturnType<ReturnType<typeof keysOf>['scoring']>;
  /** Of the cells that have been queued, and of the measuring. */
  #marks: string[] = [];
  readonly #queued = new Set<string>();
  /** When all of it was last seen to be queued. */
  #queuedAt = Number.NEGATIVE_INFINITY;

  constructor(ids: ScoringIds & Attempt, stored: StoredScoring, context: JobContext) {
    this.#ids = ids;
    this.#stored = stored;
    this.#context = context;
    this.#keys = keysOf(ids.slide).scoring(ids.scoring);
  }

  async run(): Promise<void> {
    const queue = queueOfCells(this.#stored);
    try {
      await this.#scoreEach(queue, await this.#measured(queue));
    } catch (error) {
      if (!(await this.#isLeftToOthers())) await queue.cancelAll(this.#marks).catch(() => {});
      throw error;
    }
  }

  /** Whether the cells go on: this process ends, or another one sees to the scoring now. */
  async #isLeftToOthers(): Promise<boolean> {
    if (!isShared() || !this.#context.signal.aborted) return false;
    // Where that cannot be known, the workers see for themselves.
    return !(await isCancelled(this.#ids).catch(() => false));
  }

  /** The cells that hold tissue, once some worker has measured the slide. */
  async #measured(queue: JobQueue<void>): Promise<number[]> {
    const { slide, scoring } = this.#ids;
    const measure = { data: { slide, scoring }, mark: markOf(scoring), pixels: this.#pixels(0), order: 0 };
    this.#marks = [measure.mark];
    let tissue: number[] | null = null;
    await this.#untilDone(async () => {
      tissue = (await readJson(this.#keys.cells, TissueCells).catch(whenDamaged(() => null)))?.cells ?? null;
      if (tissue) return true;
      await this.#queue(queue, MEASURE_JOB, [measure]);
      this.#context.report({ stage: 'reading', progress: 0, ...(await this.#notice(queue)) });
      return false;
    });
    return tissue ?? [];
  }

  async #scoreEach(queue: JobQueue<void>, tissue: readonly number[]): Promise<void> {
    const { slide, scoring } = this.#ids;
    const { grid, cells, probThresh, areMembranesWanted } = this.#stored;
    const folder = keysOf(slide).nuclei(nucleiKeyOf(this.#stored, probThresh));
    const jobs = (isShared() ? byTurns(tissue, grid) : tissue).map((cell, order) => ({
      ...{ data: { slide, scoring, cell }, mark: markOf(scoring, cell), order },
      pixels: this.#pixels(grid.side ** 2),
    }));
    this.#marks = jobs.map(({ mark }) => mark);
    const began = performance.now();
    let atFirst: number | null = null;
    await this.#untilDone(async () => {
      const { found } = await listFound(folder, { cells: grid });
      const there = new Set(found.filter((cell) => isFinished(cell, areMembranesWanted)).map(({ index }) => index));
      const left = jobs.filter(({ data }) => !there.has(data.cell));
      atFirst ??= left.length;
      const done = atFirst - left.length;
      const seconds = (performance.now() - began) / 1000;
      this.#context.report({
        ...{ stage: 'inferring', tiles: cells.length, tilesDone: cells.length - left.length },
        progress: cells.length === 0 ? 1 : (cells.length - left.length) / cells.length,
        ...(done > 0 && { secondsLeft: (seconds * left.length) / done }),
        ...(left.length > 0 && (await this.#notice(queue))),
      });
      const cellsLeft = left.map(({ data }) => data.cell);
      const ready = new Set(isShared() ? readyOf(cellsLeft, grid) : cellsLeft);
      await this.#queue(
        queue,
        CELL_JOB,
        left.filter(({ data }) => ready.has(data.cell)),
      );
      return left.length === 0;
    });
  }

  /** Looks again and again. @throws AppError what a part of the work has failed with */
  async #untilDone(look: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#context;
    for (;;) {
      const began = performance.now();
      const isDone = await retryWhileStorageIsAway(async () => {
        await this.#assertNoFault();
        return look();
      }, signal);
      signal.throwIfAborted();
      if (isDone) return;
      const ms = PAUSE_PER_LOOK * (performance.now() - began);
      await delay(Math.min(mostPauseMs(), Math.max(LEAST_PAUSE_MS, ms)), undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    }
  }

  async #assertNoFault(): Promise<void> {
    for await (const { key } of getStorage().list(this.#keys.faults)) {
      const fault = await readJson(key, StoredFault).catch(whenDamaged(() => 'damaged' as const));
      // It went with its slide: whoever tracks the run sees that.
      if (fault === null) continue;
      if (fault === 'damaged') throw new AppError('internal', 'A part of the slide could not be scored.');
      throw new AppError(fault.code in ERRORS ? (fault.code as ErrorCode) : 'internal', fault.detail);
    }
  }

  /**
   * Sees to it that what is to be done is queued: what is new at once, and the rest in case the queue has lost it. Where the
   * queue is away, the next look tries again.
   */
  async #queue<Schema extends z.ZodType>(
    queue: JobQueue<void>,
    job: JobDefinition<Schema, void>,
    wanted: readonly BulkJob<z.input<Schema>>[],
  ): Promise<void> {
    const isDue = performance.now() - this.#queuedAt >= QUEUE_AGAIN_MS;
    const jobs = isDue ? wanted : wanted.filter(({ mark }) => !this.#queued.has(mark));
    if (jobs.length === 0) return;
    try {
      await queue.submitAll(job, jobs);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'queue_unavailable') throw error;
      return;
    }
    for (const { mark } of jobs) this.#queued.add(mark);
    if (isDue) this.#queuedAt = performance.now();
  }

  async #notice(queue: JobQueue<void>): Promise<{ notice?: string }> {
    const { pin } = this.#stored;
    const isServed = await queue.isServed().catch(() => true);
    return isServed ? {} : { notice: nobodyServes(pin) };
  }

  /** What may have crashed this server is worked on alone. */
  #pixels(pixels: number): number {
    return this.#ids.crashes > 0 ? Number.POSITIVE_INFINITY : pixels;
  }
}
