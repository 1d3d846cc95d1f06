import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import {
  analysisOf,
  api,
  keysUnder,
  problemOf,
  runSite,
  sendAndVerify,
  toPng,
  until,
} from '@/lib/server/analyses/__fixtures__/site';
import { keysOf } from '@/lib/server/analyses/record';
import { resetEnvForTests } from '@/lib/server/env';
import { closeShared, getJobQueue } from '@/lib/server/jobs';
import { closeRedis, getRedis } from '@/lib/server/redis/redis';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { digestOf, runOf, START, startAll, whenWorkedOn } from './__fixtures__/many-workers';
import { WorkerProcesses } from './__fixtures__/worker-processes';

const whyNot = whyNoRedis();
if (whyNot !== null) console.warn(`Workers and chaos are not tested: ${whyNot}`);

/** As short as it may be set, so that the test need not wait for long until a dead worker is known to be dead. */
const SILENT_SECONDS = 3;
/** Longer than the lock and the two looks for stalled jobs. */
const FROZEN_MS = SILENT_SECONDS * 5000;
const WORKERS = 3;
const IMAGES = 5;

const pictures = await Promise.all(
  Array.from({ length: IMAGES }, (_, i) => toPng(drawDiscs(360 + 10 * i, 360, 30, i + 1).image)),
);

/** Takes long enough to be killed in the midst of it. */
const large = await toPng(drawDiscs(1100, 1000, 50, 99).image);

describe.skipIf(whyNot !== null)('many workers', () => {
  let redis: RedisServer;
  let workers: WorkerProcesses;
  let expected: string[];

  runSite({ QUEUE_LIMIT: '100', SILENT_SECONDS: String(SILENT_SECONDS), POOL_THREADS: '1' });

  const environment = () => ({
    JOBS_PROVIDER: 'bullmq',
    REDIS_URL: redis.url,
    SHUTDOWN_SECONDS: '1',
    CONCURRENT_IMAGES: '1',
    INFERENCE_PROVIDER: 'cpu',
    FORMATS: 'off',
    LOG_LEVEL: 'info',
  });

  beforeAll(async () => {
    // First all of it in one process, without Redis.
    const ids = await startAll(pictures);
    expected = [];
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

  it('come to the results of one, whatever is killed, stopped or lost; what kills them each time fails', async () => {
    const [[poison = ''], ids] = [await startAll([large]), await startAll(pictures)];
    const isOver = new AbortController();
    const poisoning = (async () => {
      for (let after = 1; ; after++) {
        const pid = await whenWorkedOn(poison, workers, { after, signal: isOver.signal });
        if (pid === null) return;
        await workers.kill(pid);
      }
    })();
    const killing = whenWorkedOn(ids[0]!, workers).then((pid) => workers.kill(pid));
    const freezing = whenWorkedOn(ids[1]!, workers).then((pid) => workers.freeze(pid, FROZEN_MS));
    await killing;
    await delay(1000);
    await redis.down();
    await delay(1500);
    await redis.up();
    for (const [i, id] of ids.entries())
      expect(await digestOf(await until(id, 'done')), `image ${i}`).toBe(expected[i]);
    const failed = await until(poison, 'failed');
    isOver.abort();
    await poisoning;
    expect(failed).toMatchObject({ can_retry: true, problem: { code: 'interrupted' } });
    expect(failed.problem?.detail).toContain('stopped 3 times');
    await freezing;
    // What was frozen has seen that another has its run, and nothing of it is left.
    await expect.poll(() => getJobQueue().load(), { timeout: 20_000 }).toMatchObject({ running: 0, waiting: 0 });
    for (const [i, id] of ids.entries()) expect(await digestOf(await analysisOf(api.read(id)))).toBe(expected[i]);
    expect(workers.kills).toBe(4);
  }, 240_000);

  it('stop within seconds what is cancelled or deleted, whoever works on it', async () => {
    const ids = await startAll(pictures);
    const [cancelled = '', deleted = '', waiting = ''] = [ids[0], ids[1], ids.at(-1)];
    await whenWorkedOn(cancelled, workers);
    const began = performance.now();
    expect((await analysisOf(api.cancel(cancelled))).state).toBe('cancelled');
    await whenWorkedOn(deleted, workers);
    await api.remove(deleted);
    expect((await analysisOf(api.cancel(waiting))).state).toBe('cancelled');
    await expect.poll(() => keysUnder(deleted), { timeout: 5000 }).toEqual([]);
    for (const id of ids.slice(2, -1)) await until(id, 'done');
    expect(performance.now() - began).toBeLessThan(60_000);
    expect(await keysUnder(deleted)).toEqual([]);
    expect((await analysisOf(api.read(cancelled))).state).toBe('cancelled');
    await expect.poll(() => getJobQueue().load(), { timeout: 10_000 }).toMatchObject({ running: 0, waiting: 0 });
  });

  it('go on with what was started before Redis went away; meanwhile reads go on, and a start is refused', async () => {
    const [before = '', other = ''] = await startAll(pictures.slice(0, 2));
    const late = await sendAndVerify(pictures[2]!);
    await redis.down();
    expect(['queued', 'running', 'done']).toContain((await analysisOf(api.read(before))).state);
    const problem = await problemOf(api.start(late, START));
    expect(problem).toMatchObject({ code: 'queue_unavailable', status: 503 });
    expect((await analysisOf(api.read(late))).state).toBe('ready');
    await redis.up();
    for (const id of [before, other]) await until(id, 'done');
    await expect.poll(async () => (await api.start(late, START)).status, { timeout: 10_000 }).toBe(202);
    await until(late, 'done');
  });

  it('find what waits in the storage when Redis has forgotten it', async () => {
    const ids = await startAll(pictures);
    await getRedis().flushall();
    for (const [i, id] of ids.entries()) expect(await digestOf(await until(id, 'done'))).toBe(expected[i]);
  });

  it('give back what they work on when they are told to end, and count no crash', async () => {
    const [id = ''] = await startAll(pictures.slice(-1));
    const pid = await whenWorkedOn(id, workers);
    expect(await workers.end(pid)).toBeLessThan(6);
    expect(await digestOf(await until(id, 'done'))).toBe(expected.at(-1));
    const latest = await readLatestAttempt(keysOf(id).run(await runOf(id)));
    expect(latest?.status.crashes).toBe(0);
  });
});
