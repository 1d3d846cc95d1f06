import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { startSite } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { closeShared, getJobQueue } from '@/lib/server/jobs';
import { closeRedis } from '@/lib/server/redis/redis';
import type { Picture } from '@/lib/server/slides/__fixtures__/draw-slide';
import { keysOf } from '@/lib/server/slides/record';
import { keepPicture, scored, scoringOf, scorings } from '@/lib/server/slides/scoring/__fixtures__/scoring-site';
import { CELL_JOB } from '@/lib/server/slides/scoring/cell-jobs';
import { readScoring } from '@/lib/server/slides/scoring/scoring-record';
import { getStorage } from '@/lib/server/storage';
import { forgetFound, laneOfScoring, resultOfSlide } from './slide-workers';
import { WorkerProcesses } from './worker-processes';

const WORKERS = Number(process.env.CHAOS_WORKERS || 4);
const SILENT_SECONDS = 5;
const STORAGE_AWAY_MS = 60_000;

/** Numbers that are the same in every run. */
let seed = 11;
const random = (below: number) => {
  seed = (seed * 48271) % 2147483647;
  return seed % below;
};

const s3 = whyNoRedis() === null ? await installVersityGw() : { missing: whyNoRedis() as string };
if ('missing' in s3) console.warn(`Slides are not scored in chaos: ${s3.missing}`);

export type ChaosOfSlide = {
  what: string;
  /** How often it is scored. */
  rounds: number;
  draw: () => Picture | Promise<Picture>;
  micronsPerPixel: number;
  cells: number;
  /** Makes the folder of models; null = those that ship. */
  models: (() => string) | null;
};

/** A slide that is scored over and over while workers, Redis and the bucket are killed, frozen and taken away. */
export function chaosOfSlide({ what, rounds, draw, micronsPerPixel, cells, models }: ChaosOfSlide): void {
  describe.skipIf('missing' in s3)(`a slide over many workers, for long: ${what}`, { tags: ['long', 'chaos'] }, () => {
    let redis: RedisServer;
    let bucket: VersityGw;
    let workers: WorkerProcesses;
    let stop = async () => {};
    let slide: { id: string; view_id: string };
    let expected: Awaited<ReturnType<typeof resultOfSlide>>;
    const folder = models?.() ?? null;

    beforeAll(async () => {
      bucket = await VersityGw.start((s3 as { program: string }).program);
      redis = await RedisServer.start();
      stop = await startSite({
        ...bucket.environment,
        ...{ SILENT_SECONDS: String(SILENT_SECONDS), POOL_THREADS: '1', INFERENCE_PROVIDER: 'cpu', FORMATS: 'off' },
        ...(folder ? { MODELS_DIR: folder } : { MODELS_DIR: 'models', DEFAULT_MODEL: 'restain-ihc' }),
      });
      slide = await keepPicture(await draw(), {}, micronsPerPixel);
      expect((await scored(slide.id, { kind: 'slide' })).progress.cells).toBe(cells);
      expected = await resultOfSlide(slide.id, slide.view_id);
      vi.stubEnv('JOBS_PROVIDER', 'bullmq');
      vi.stubEnv('REDIS_URL', redis.url);
      vi.stubEnv('RESTAIN_ROLE', 'web');
      resetEnvForTests();
      workers = await WorkerProcesses.start(WORKERS, { LOG_LEVEL: 'info', SHUTDOWN_SECONDS: '1' });
    }, 1_200_000);
    afterAll(async () => {
      await workers?.killAll();
      await closeShared();
      closeRedis();
      await stop();
      await redis?.stop();
      await bucket?.stop();
      if (folder) rmSync(folder, { recursive: true });
    });

    it('comes to the files of one process', { timeout: 3_600_000 }, async () => {
      const began = performance.now();
      const count = { redisKilled: 0, storageAway: 0, cancelled: 0, twice: 0, givenUp: 0 };
      let isOver = false;
      const breaking = (async () => {
        while (!isOver) {
          await someCellsFound(() => isOver);
          const pid = workers.pids[random(workers.pids.length)] ?? null;
          const fate = random(10);
          if (fate < 6) await workers.kill(pid);
          else if (fate < 9) void workers.freeze(pid, SILENT_SECONDS * (1000 + random(3000)));
          else {
            count.redisKilled++;
            await redis.down();
            await delay(1000 + random(4000));
            await redis.up();
          }
        }
      })();
      let lane = 'scorings' as Awaited<ReturnType<typeof laneOfScoring>>;
      for (let round = 0; round < rounds; round++) {
        await patiently(() => forgetFound(slide.view_id));
        // The first time the storage goes away in the midst of it, too.
        const away =
          round > 0
            ? null
            : (async () => {
                await delay(5000);
                await bucket.down();
                count.storageAway++;
                await delay(STORAGE_AWAY_MS);
                await bucket.up();
              })();
        for (let state = ''; state !== 'done'; ) {
          const { id } = await patiently(() => scoringOf(scorings.start(slide.id, { kind: 'slide' })));
          lane = await patiently(() => laneOfScoring(slide.view_id, id));
          if (state === '' && round === 1) {
            // Cancelled in the midst of it; the next one goes on with what is there.
            await someCellsFound(() => false);
            await patiently(() => scoringOf(scorings.cancel(slide.id, id)));
            count.cancelled++;
          } else if (state === '') count.twice += await giveOutTwice(lane, id);
          const last = await untilOver(id);
          state = last.state;
          // Three crashes are held to be a cell's own fault, here too; a person scores it again.
          if (state === 'failed') {
            expect(last.problem?.code, last.problem?.detail).toBe('interrupted');
            count.givenUp++;
          }
        }
        await away;
        expect(await patiently(() => resultOfSlide(slide.id, slide.view_id)), `round ${round}`).toEqual(expected);
      }
      const seconds = Math.round((performance.now() - began) / 1000);
      isOver = true;
      await breaking;
      for (const one of [lane, 'scorings'] as const)
        await expect
          .poll(() => getJobQueue(one).load(), { timeout: 120_000 })
          .toMatchObject({ running: 0, waiting: 0 });
      expect(await resultOfSlide(slide.id, slide.view_id)).toEqual(expected);
      const { kills, stops } = workers;
      console.log(JSON.stringify({ what, rounds, workers: WORKERS, seconds, kills, stops, ...count, different: 0 }));
    });

    /** Waits until some more cells are there: however slow the machine is, the work comes forward between two blows. */
    async function someCellsFound(isEnough: () => boolean): Promise<void> {
      const most = Math.ceil(cells / 15);
      const until = (await countCells()) + 1 + random(most);
      // A round that begins anew has fewer.
      for (let last = 0; !isEnough(); ) {
        const now = await countCells();
        if (now >= until || now < last) return;
        last = now;
        await delay(100);
      }
    }

    async function countCells(): Promise<number> {
      let count = 0;
      await patiently(async () => {
        count = 0;
        for await (const { key } of getStorage().list(keysOf(slide.view_id).allNuclei))
          if (key.endsWith('.bin')) count++;
      });
      return count;
    }

    /** Gives each cell out once more, as a queue may do it. @returns how many */
    async function giveOutTwice(lane: Awaited<ReturnType<typeof laneOfScoring>>, scoring: string): Promise<number> {
      const stored = await patiently(() => readScoring(slide.view_id, scoring));
      const jobs = (stored?.cells ?? []).map((cell) => ({
        ...{ data: { slide: slide.view_id, scoring, cell }, mark: `again.${scoring}.${cell}` },
        ...{ pixels: 1, order: cell },
      }));
      await patiently(() => getJobQueue<void>(lane).submitAll(CELL_JOB, jobs));
      return jobs.length;
    }

    async function untilOver(id: string): Promise<SlideScoring> {
      for (;;) {
        const now = await patiently(() => scoringOf(scorings.read(slide.id, id)));
        if (['done', 'failed', 'cancelled'].includes(now.state)) return now;
        await delay(200);
      }
    }

    /** Tries again while the storage or the queue is away. */
    async function patiently<T>(work: () => Promise<T>): Promise<T> {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (
            !/503|storage_unavailable|cannot be reached|queue_unavailable/.test(
              `${(error as { code?: string }).code} ${error}`,
            )
          )
            throw error;
        }
        await delay(500);
      }
    }
  });
}
