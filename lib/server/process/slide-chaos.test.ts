import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { closeShared, getJobQueue } from '@/lib/server/jobs';
import type { Lane } from '@/lib/server/jobs/lane';
import { closeRedis, getRedis } from '@/lib/server/redis/redis';
import { keysOfSlides, slides } from '@/lib/server/slides/__fixtures__/slide-site';
import { keysOf } from '@/lib/server/slides/record';
import { ended, keepPicture, scored, scoringOf, scorings } from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { CELL_JOB } from '@/lib/server/slides/scoring/cell-jobs';
import { readScoring } from '@/lib/server/slides/scoring/scoring-record';
import {
  cellsOn,
  drawCells,
  forgetFound,
  foundOn,
  laneOfScoring,
  modelAt,
  resultOfSlide,
  whenCellsAreWorkedOn,
} from './__fixtures__/slide-workers';
import { WorkerProcesses } from './__fixtures__/worker-processes';

const whyNot = whyNoRedis();
if (whyNot !== null) console.warn(`Slides over many workers are not tested: ${whyNot}`);

const SILENT_SECONDS = 3;
/** Longer than the lock and the two looks for stalled jobs. */
const FROZEN_MS = SILENT_SECONDS * 5000;
/** It is 5 s on a machine that has time; tests share one that may not. */
const LATEST_MS = 20_000;
const WORKERS = 3;
const MICRONS_PER_PIXEL = 1;
const [COLUMNS, ROWS] = [3, 3];
const models = modelAt(MICRONS_PER_PIXEL);

describe.skipIf(whyNot !== null)('a slide over many workers', () => {
  let redis: RedisServer;
  let workers: WorkerProcesses;
  let slide: { id: string; view_id: string };
  let expected: Awaited<ReturnType<typeof resultOfSlide>>;
  /** The scoring by one process. */
  let first: string;

  runSite({ SILENT_SECONDS: String(SILENT_SECONDS), POOL_THREADS: '1', MODELS_DIR: models, INFERENCE_PROVIDER: 'cpu' });
  afterAll(() => rmSync(models, { recursive: true }));

  const environment = () => ({
    JOBS_PROVIDER: 'bullmq',
    REDIS_URL: redis.url,
    SHUTDOWN_SECONDS: '1',
    FORMATS: 'off',
    LOG_LEVEL: 'info',
  });

  const start = async (id: string) => (await scoringOf(scorings.start(id, { kind: 'slide' }))).id;
  // Work that was given out twice may still end, and for a moment the scoring is in work again.
  const expectResult = () =>
    expect.poll(() => resultOfSlide(slide.id, slide.view_id), { timeout: 30_000 }).toEqual(expected);
  const isIdle = async (lane: Lane) =>
    expect.poll(() => getJobQueue(lane).load(), { timeout: 60_000 }).toMatchObject({ running: 0, waiting: 0 });

  beforeAll(async () => {
    // First all of it in one process, without Redis.
    slide = await keepPicture(drawCells(COLUMNS, ROWS, MICRONS_PER_PIXEL));
    const done = await scored(slide.id, { kind: 'slide' });
    expect(done.progress.cells).toBe(COLUMNS * ROWS);
    first = done.id;
    expected = await resultOfSlide(slide.id, slide.view_id);
    await forgetFound(slide.view_id);
    redis = await RedisServer.start();
    for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
    vi.stubEnv('RESTAIN_ROLE', 'web');
    vi.stubEnv('LOG_LEVEL', 'silent');
    resetEnvForTests();
    workers = await WorkerProcesses.start(WORKERS, environment());
  }, 300_000);
  afterAll(async () => {
    if (redis === undefined) return;
    await workers?.killAll();
    await closeShared();
    closeRedis();
    await redis.stop();
  });

  it('has the files of one worker, whatever is killed, stopped or lost; a cell that kills its worker ends its scoring', async () => {
    const poison = await keepPoison();
    const poisonous = await start(poison.id);
    const isOver = new AbortController();
    const poisoning = (async () => {
      while (!isOver.signal.aborted) {
        await delay(20);
        // Only who really reads it dies: one that gives the cell up does not.
        const pipe = openToReader(poison.pipe);
        if (pipe === null) continue;
        await workers.kill(
          await whenCellsAreWorkedOn(poison.view_id, poisonous, workers, { cell: 0, signal: isOver.signal }),
        );
        closeSync(pipe);
      }
    })();

    const scoring = await start(slide.id);
    await expect.poll(() => cellsOn(slide.view_id), { timeout: 60_000 }).toBeGreaterThan(0);
    const killed = await whenCellsAreWorkedOn(slide.view_id, scoring, workers);
    await workers.kill(killed);
    const there = await foundOn(slide.view_id);
    const frozen = await whenCellsAreWorkedOn(slide.view_id, scoring, workers);
    const freezing = workers.freeze(frozen, FROZEN_MS);
    // Given out twice, as a queue may do it.
    const lane = await laneOfScoring(slide.view_id, scoring);
    const { cells = [] } = (await readScoring(slide.view_id, scoring)) ?? {};
    const again = cells.map((cell) => ({
      ...{ data: { slide: slide.view_id, scoring, cell }, mark: `again.${cell}` },
      ...{ pixels: 1, order: 0 },
    }));
    await getJobQueue<void>(lane).submitAll(CELL_JOB, again);
    await redis.down();
    await delay(1500);
    await redis.up();
    expect(await ended(slide.id, { id: scoring } as never)).toMatchObject({
      state: 'done',
      progress: { cells_done: COLUMNS * ROWS },
    });
    await expectResult();
    // What was there when the worker died is not made again.
    const after = await foundOn(slide.view_id);
    const kept = [...there].filter(([name]) => name.endsWith('.bin'));
    expect(kept.length).toBeGreaterThan(0);
    for (const [name, { modified }] of kept) expect(after.get(name)?.modified).toBe(modified);

    const failed = await ended(poison.id, { id: poisonous } as never);
    isOver.abort();
    await poisoning;
    expect(failed).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } });
    expect(failed.problem?.detail).toMatch(/Scoring cell 0 of the slide has stopped its worker [3-9] times/);
    await freezing;
    await isIdle(lane);
    await isIdle('scorings');
    await expectResult();
  }, 240_000);

  it('stops within seconds on all of them when it is cancelled or deleted, and goes on when it is scored again', async () => {
    await forgetFound(slide.view_id);
    const stopped = await start(slide.id);
    const one = await whenCellsAreWorkedOn(slide.view_id, stopped, workers);
    await whenCellsAreWorkedOn(slide.view_id, stopped, workers, { besides: [one] });
    const lane = await laneOfScoring(slide.view_id, stopped);
    let began = performance.now();
    expect((await scoringOf(scorings.cancel(slide.id, stopped))).state).toBe('cancelled');
    await isIdle(lane);
    expect(performance.now() - began).toBeLessThan(LATEST_MS);
    const there = await cellsOn(slide.view_id);
    expect(there).toBeLessThan(COLUMNS * ROWS);
    const second = await start(slide.id);
    // One that is told to end gives back what it works on.
    const ending = await whenCellsAreWorkedOn(slide.view_id, second, workers);
    expect(await workers.end(ending)).toBeLessThan(30);
    // Redis may lose all that it knows.
    await getRedis().flushall();
    expect((await ended(slide.id, { id: second } as never)).state).toBe('done');
    await expectResult();

    const { id, view_id: viewId } = await keepPicture(drawCells(COLUMNS, 1, MICRONS_PER_PIXEL));
    await whenCellsAreWorkedOn(viewId, await start(id), workers);
    began = performance.now();
    expect((await slides.remove(id)).status).toBe(204);
    await isIdle(lane);
    const left = async () => (await keysOfSlides()).filter((key) => key.startsWith(keysOf(viewId).folder));
    await expect.poll(left, { timeout: LATEST_MS }).toEqual([]);
    expect(performance.now() - began).toBeLessThan(LATEST_MS);
    await delay(1000);
    expect(await left()).toEqual([]);
  }, 240_000);

  it('waits for workers that match what it was started with, and says so', async () => {
    vi.stubEnv('SCORING_PROVIDER', 'cuda');
    resetEnvForTests();
    const scoring = await start(slide.id);
    const warnings = async () => (await scoringOf(scorings.read(slide.id, scoring))).warnings;
    await expect
      .poll(warnings, { timeout: 60_000 })
      .toEqual([{ code: 'no_worker', detail: expect.stringMatching(/blobs@1\.0\.0 .*float32.* on cuda/) }]);
    expect((await scoringOf(scorings.cancel(slide.id, scoring))).state).toBe('cancelled');
    vi.stubEnv('SCORING_PROVIDER', '');
    resetEnvForTests();
    await workers.killAll();
    const alone = await start(slide.id);
    await expect
      .poll(async () => (await scoringOf(scorings.read(slide.id, alone))).warnings, { timeout: 60_000 })
      .toEqual([{ code: 'no_worker', detail: expect.stringContaining('No worker has been seen for 3 s') }]);
    expect((await scoringOf(scorings.cancel(slide.id, alone))).state).toBe('cancelled');
  }, 120_000);

  /** A slide of one cell that no worker comes to an end with: a map that it reads gives nothing, and no end. */
  async function keepPoison() {
    const kept = await keepPicture(drawCells(1, 1, MICRONS_PER_PIXEL));
    const { mapKey = '' } = (await readScoring(slide.view_id, first)) ?? {};
    const path = join(process.env.STORAGE_DIR ?? '', 'objects', keysOf(kept.view_id).maps(mapKey), '1-1.br');
    mkdirSync(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    return { ...kept, pipe: path };
  }
});

/** Opens a pipe for writing, where somebody reads it. Whoever reads it then waits until it is closed. */
function openToReader(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return null;
    throw error;
  }
}
