import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { startSite } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { closeShared, getJobQueue } from '@/lib/server/jobs';
import { closeRedis, getRedis } from '@/lib/server/redis/redis';
import { ended, keepPicture, scoringOf, scorings } from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { CELL_JOB, markOf } from '@/lib/server/slides/scoring/cell-jobs';
import { readScoring } from '@/lib/server/slides/scoring/scoring-record';
// @ts-expect-error: a script without types
import { THREADS } from '@/workers/build.mjs';
import { cellsOn, drawCells, forgetFound, foundOn, laneOfScoring, modelAt } from './__fixtures__/slide-workers';
import { WorkerProcesses } from './__fixtures__/worker-processes';

// `npm run bench -- --scaling`. SCALING_COLUMNS x SCALING_ROWS cells, SCALING_SLEEP_MS a tile, SCALING_STORAGE=s3 for a bucket of
// VersityGW, SCALING_WORKERS=1,2,4, SCALING_MICRONS=1 for cells of four times the pixels. Its figures are in docs/scale.md.
const [COLUMNS, ROWS] = [Number(process.env.SCALING_COLUMNS || 8), Number(process.env.SCALING_ROWS || 6)];
const SLEEP_MS = Number(process.env.SCALING_SLEEP_MS || 2000);
const COUNTS = (process.env.SCALING_WORKERS || '1,2,4').split(',').map(Number);
const IS_S3 = process.env.SCALING_STORAGE === 's3';
const MICRONS_PER_PIXEL = Number(process.env.SCALING_MICRONS || 2);
const QUEUED = 10_000;
const AGAIN = 500;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
/** Fields 14 and 15 of proc(5), counted after the command's name, which is in parentheses. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

describe.skipIf(whyNoRedis() !== null)('the scaling of a slide', { tags: ['long', 'scaling'] }, () => {
  let models: string;
  let folder: string;
  let runs: string;
  let redis: RedisServer;
  let s3: VersityGw | null = null;
  let stop = async () => {};

  beforeAll(async () => {
    models = modelAt(MICRONS_PER_PIXEL);
    // Inside of the checkout, so that packages are found.
    mkdirSync('.restain/bench', { recursive: true });
    folder = mkdtempSync(resolve('.restain/bench/scaling-'));
    runs = join(folder, 'runs');
    await build({
      ...(THREADS as Parameters<typeof build>[0]),
      outdir: join(folder, '.workers'),
      external: ['libheif-js'],
      alias: { ...THREADS.alias, 'onnxruntime-node': resolve('lib/server/process/__fixtures__/sleeping-runtime.mjs') },
    });
    copyFileSync('.workers/worker.mjs', join(folder, '.workers', 'worker.mjs'));
    if (IS_S3) {
      const found = await installVersityGw();
      if ('missing' in found) throw new Error(found.missing);
      s3 = await VersityGw.start(found.program);
    }
    redis = await RedisServer.start();
    stop = await startSite({
      ...s3?.environment,
      ...{ MODELS_DIR: models, INFERENCE_PROVIDER: 'cpu', POOL_THREADS: '1' },
      ...{ JOBS_PROVIDER: 'bullmq', REDIS_URL: redis.url, RESTAIN_ROLE: 'web' },
    });
  }, 300_000);
  afterAll(async () => {
    await closeShared();
    closeRedis();
    await stop();
    await s3?.stop();
    await redis.stop();
    for (const path of [folder, models]) rmSync(path, { recursive: true });
  });

  it('over 1, 2 and 4 workers', { timeout: 3_600_000 }, async () => {
    // The web process takes the slide in before it serves alone.
    vi.stubEnv('JOBS_PROVIDER', 'local');
    vi.stubEnv('RESTAIN_ROLE', 'all');
    resetEnvForTests();
    const { id, view_id: viewId } = await keepPicture(
      drawCells(COLUMNS, ROWS, MICRONS_PER_PIXEL),
      {},
      MICRONS_PER_PIXEL,
    );
    vi.stubEnv('JOBS_PROVIDER', 'bullmq');
    vi.stubEnv('RESTAIN_ROLE', 'web');
    resetEnvForTests();
    const files: string[] = [];
    let alone = 0;
    for (const count of COUNTS) {
      await forgetFound(viewId);
      const workers = await WorkerProcesses.start(
        count,
        { FORMATS: 'off', LOG_LEVEL: 'info', SCALING_SLEEP_MS: String(SLEEP_MS), SCALING_RUNS: runs },
        folder,
      );
      writeFileSync(runs, '');
      const busyBefore = sum(workers.pids.map(cpuMsOf));
      const began = performance.now();
      const scoring = await scoringOf(scorings.start(id, { kind: 'slide' }));
      const { state, problem } = await ended(id, scoring);
      expect([state, problem, problem && workers.output]).toEqual(['done', undefined, undefined]);
      const seconds = (performance.now() - began) / 1000;
      const busy = sum(workers.pids.map(cpuMsOf)) - busyBefore;
      const again = count === 1 ? await giveOutAgain(viewId, scoring.id) : {};
      await workers.killAll();
      const sleeps = readFileSync(runs, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number));
      const inferred = sleeps.length;
      const found = [...(await foundOn(viewId)).keys()];
      const tiles = found.filter((name) => name.endsWith('.br')).length;
      const cells = await cellsOn(viewId);
      expect(cells).toBe(COLUMNS * ROWS);
      alone ||= seconds;
      // Of one worker, whose thread sleeps or does something else: decoding, packing, finding nuclei, waiting for storage and queue.
      // `againMs`: queue and storage alone.
      const awake = sum(sleeps.slice(1).map(([from = 0], i) => from - (sleeps[i]?.[1] ?? 0)));
      const overheadMs = count === 1 ? (awake / cells).toFixed(0) : undefined;
      // Until the first tile: the slide is measured, once.
      const measured = ((sleeps[0]?.[0] ?? 0) - performance.timeOrigin - began) / 1000;
      const speedUp = (alone / seconds).toFixed(2);
      const storage = IS_S3 ? 's3' : 'folder';
      console.log(
        JSON.stringify({
          workers: count,
          seconds: seconds.toFixed(1),
          speedUp,
          storage,
          cells,
          tiles,
          inferred,
          overheadMs,
          // Processor time of a cell, all threads together.
          cpuMs: (busy / cells).toFixed(0),
          ...again,
          measuredSeconds: measured.toFixed(1),
        }),
      );
      files.push(found.sort().join(' '));
    }
    expect(new Set(files).size).toBe(1);
  });

  /** Gives out cells that are there, as a queue may do it. @returns of one cell: ms, and commands to Redis */
  async function giveOutAgain(viewId: string, scoring: string): Promise<{ againMs: string; commands: string }> {
    const { cells = [] } = (await readScoring(viewId, scoring)) ?? {};
    const queue = getJobQueue<void>(await laneOfScoring(viewId, scoring));
    const jobs = Array.from({ length: AGAIN }, (_, n) => ({
      ...{ data: { slide: viewId, scoring, cell: cells[n % cells.length] as number }, mark: `again.${n}` },
      ...{ pixels: 1, order: n },
    }));
    const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await getRedis().info('stats'))?.[1]);
    const before = await commands();
    const began = performance.now();
    await queue.submitAll(CELL_JOB, jobs);
    await expect.poll(() => queue.load(), { interval: 20, timeout: 120_000 }).toMatchObject({ waiting: 0, running: 0 });
    const ms = (performance.now() - began) / AGAIN;
    return { againMs: ms.toFixed(1), commands: (((await commands()) - before) / AGAIN).toFixed(1) };
  }

  it('queues 10,000 cells', { timeout: 600_000 }, async () => {
    const queue = getJobQueue<void>('cells-of-a-test');
    const jobs = Array.from({ length: QUEUED }, (_, cell) => ({
      ...{
        data: { slide: 'A234567890123456789012', scoring: 'A23456789012', cell },
        mark: markOf('A23456789012', cell),
      },
      ...{ pixels: 12_845_056, order: cell },
    }));
    const memory = async () => Number(/used_memory:(\d+)/.exec(await getRedis().info('memory'))?.[1]);
    const timed = async (work: () => Promise<void>) => {
      const began = performance.now();
      await work();
      return ((performance.now() - began) / 1000).toFixed(2);
    };
    const before = await memory();
    const seconds = await timed(() => queue.submitAll(CELL_JOB, jobs));
    expect((await queue.load()).waiting).toBe(QUEUED);
    const megabytes = ((await memory()) - before) / 1e6;
    const again = await timed(() => queue.submitAll(CELL_JOB, jobs));
    const cancelled = await timed(() => queue.cancelAll(jobs.map(({ mark }) => mark)));
    expect((await queue.load()).waiting).toBe(0);
    console.log(JSON.stringify({ queued: QUEUED, seconds, again, cancelled, megabytes: megabytes.toFixed(1) }));
  });
});
