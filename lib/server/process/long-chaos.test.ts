import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { analysisOf, api, runSite, toPng, until } from '@/lib/server/analyses/__fixtures__/site';
import { keysOf } from '@/lib/server/analyses/record';
import { resetEnvForTests } from '@/lib/server/env';
import { closeShared, getSharedQueue } from '@/lib/server/jobs';
import { defineJob } from '@/lib/server/jobs/define-job';
import { closeRedis } from '@/lib/server/redis/redis';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { digestOf, runOf, startAll } from './__fixtures__/many-workers';
import { WorkerProcesses } from './__fixtures__/worker-processes';

// `npm run chaos`: CHAOS_ANALYSES and CHAOS_WORKERS choose how many. Its figures are in docs/reliability.md.
const ANALYSES = Number(process.env.CHAOS_ANALYSES || 100);
const WORKERS = Number(process.env.CHAOS_WORKERS || 4);
const SILENT_SECONDS = 5;
const KINDS = 10;

const pictures = await Promise.all(
  Array.from({ length: KINDS }, (_, i) => toPng(drawDiscs(240 + 10 * i, 240, 20, i + 1).image)),
);
/** Numbers that are the same in every run. */
let seed = 7;
const random = (below: number) => {
  seed = (seed * 48271) % 2147483647;
  return seed % below;
};

describe.skipIf(whyNoRedis() !== null)('many workers, for long', { tags: ['long', 'chaos'] }, () => {
  let redis: RedisServer;
  let workers: WorkerProcesses;
  const expected: string[] = [];

  runSite({ QUEUE_LIMIT: '10000', SILENT_SECONDS: String(SILENT_SECONDS), POOL_THREADS: '1' });
  const environment = () => ({
    JOBS_PROVIDER: 'bullmq',
    REDIS_URL: redis.url,
    CONCURRENT_IMAGES: '1',
    INFERENCE_PROVIDER: 'cpu',
    FORMATS: 'off',
    LOG_LEVEL: 'info',
  });

  beforeAll(async () => {
    const ids = await startAll(pictures);
    for (const id of ids) expected.push(await digestOf(await until(id, 'done')));
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

  it('come to the results of one', { timeout: 1_800_000 }, async () => {
    const began = performance.now();
    const ids = await startAll(Array.from({ length: ANALYSES }, (_, i) => pictures[i % KINDS] as Buffer));
    let isOver = false;
    let outages = 0;
    const breaking = (async () => {
      while (!isOver) {
        await delay(3000 + random(4000));
        const pid = workers.pids[random(workers.pids.length)] ?? null;
        const fate = random(10);
        if (fate < 6) await workers.kill(pid);
        else if (fate < 9) void workers.freeze(pid, SILENT_SECONDS * (1000 + random(3000)));
        else {
          outages++;
          await redis.down();
          await delay(1000 + random(4000));
          await redis.up();
        }
      }
    })();
    const count = { retried: 0, attempts: 0, most: 0, crashes: 0 };
    for (const [i, id] of ids.entries()) {
      // Three crashes are held to be its own fault, here too; a person tries it again.
      while ((await untilOver(id)) === 'failed') {
        expect((await analysisOf(api.read(id))).problem?.code).toBe('interrupted');
        count.retried++;
        await expect.poll(async () => (await api.retry(id)).status, { timeout: 20_000 }).toBe(202);
      }
      const latest = await readLatestAttempt(keysOf(id).run(await runOf(id)));
      count.attempts += (latest?.attempt ?? 1) - 1;
      count.most = Math.max(count.most, (latest?.attempt ?? 1) - 1);
      count.crashes += latest?.status.crashes ?? 0;
      expect(await digestOf(await analysisOf(api.read(id))), `analysis ${i}`).toBe(expected[i % KINDS]);
    }
    const seconds = Math.round((performance.now() - began) / 1000);
    isOver = true;
    await breaking;
    await expect.poll(() => getSharedQueue().load(), { timeout: 120_000 }).toMatchObject({ running: 0, waiting: 0 });
    const { kills, stops } = workers;
    console.log(JSON.stringify({ analyses: ANALYSES, workers: WORKERS, seconds, kills, stops, outages, ...count }));
  });

  it('are given 10,000 jobs in seconds', { timeout: 120_000 }, async () => {
    await workers.killAll();
    const nothing = async (): Promise<unknown> => null;
    const job = defineJob({ name: 'chaos-nothing', schema: z.object({ i: z.int() }), handler: nothing });
    const queue = getSharedQueue();
    const began = performance.now();
    for (let i = 0; i < 10_000; i += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, k) => queue.submit(job, { i: i + k }, { pixels: 1, isAdmitted: true })),
      );
    const seconds = (performance.now() - began) / 1000;
    console.log(JSON.stringify({ queued: 10_000, seconds: Number(seconds.toFixed(2)) }));
    expect((await queue.load()).waiting).toBe(10_000);
    expect(seconds).toBeLessThan(30);
  });

  async function untilOver(id: string): Promise<string> {
    for (;;) {
      const response = await api.read(id);
      if (response.status === 200) {
        const { state } = await analysisOf(response);
        if (['done', 'failed', 'cancelled'].includes(state)) return state;
      }
      await delay(100);
    }
  }
});
