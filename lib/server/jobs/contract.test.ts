import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { AppError } from '@/lib/errors';
import { currentClient, withClient } from '@/lib/server/current-client';
import { resetEnvForTests } from '@/lib/server/env';
import { closeRedis, getRedis } from '@/lib/server/redis/redis';
import { createSharedQueue } from './bullmq';
import { defineJob, type JobContext } from './define-job';
import { createLocalQueue } from './local';
import { createPassingQueue } from './passing-queue';
import { PixelLine } from './pixel-line';
import type { JobQueue } from './queue';

const LIMITS = {
  waiting: 2,
  concurrentImages: 2,
  concurrentPixels: 100,
  keepSeconds: 3600,
  keepBytes: 1e6,
  silentSeconds: 20,
};
type Limits = typeof LIMITS;

/** What a test holds of a job that is being done. */
type Started = { client: string; context: JobContext; finish: (value: string) => void; fail: (error: unknown) => void };
const started = new Map<string, Started>();

/** A job that ends when the test says so. */
const OPEN_JOB = defineJob({
  name: 'contract-open',
  schema: z.object({ key: z.string() }),
  handler: ({ key }, context) =>
    new Promise<{ value: string }>((resolve, fail) => {
      context.signal.addEventListener('abort', () => fail(context.signal.reason));
      started.set(key, { client: currentClient(), context, finish: (value) => resolve({ value }), fail });
    }),
});
const DATA_JOB = defineJob({
  name: 'contract-data',
  schema: z.object({ at: z.string().transform(Number), left: z.unknown().optional() }),
  handler: async (data) => ({ value: JSON.stringify(data) }),
});

type Queue = JobQueue<{ value: string }>;
let open: { close(): Promise<void> }[] = [];
const whyNot = whyNoRedis();
if (whyNot !== null) console.warn(`The queue in Redis is not tested: ${whyNot}`);

async function startRedis() {
  const server = await RedisServer.start();
  vi.stubEnv('REDIS_URL', server.url);
  resetEnvForTests();
  return async () => {
    closeRedis();
    await server.stop();
  };
}

function createShared(limits: Limits): JobQueue<unknown> {
  const queue = createSharedQueue('contract', limits, new PixelLine(limits));
  queue.work();
  open.push(queue);
  return queue;
}

const PROVIDERS = [
  {
    provider: 'local',
    skip: false,
    setUp: async () => async () => {},
    create: (limits: Limits): Queue => createLocalQueue(limits, new PixelLine(limits)),
  },
  {
    provider: 'bullmq',
    skip: whyNot !== null,
    setUp: startRedis,
    create: (limits: Limits) => createShared(limits) as Queue,
  },
  {
    provider: 'bullmq, with bytes',
    skip: whyNot !== null,
    setUp: startRedis,
    create: (limits: Limits): Queue => createPassingQueue(createShared(limits), (bytes) => ({ value: String(bytes) })),
  },
];

for (const { provider, skip, setUp, create } of PROVIDERS)
  describe.skipIf(skip)(`a queue (${provider})`, () => {
    let tearDown = async () => {};
    beforeAll(async () => {
      vi.stubEnv('LOG_LEVEL', 'silent');
      tearDown = await setUp();
    });
    afterEach(async () => {
      const opened = open;
      open = [];
      for (const queue of opened) await queue.close();
      if (provider !== 'local') await getRedis().flushall();
    });
    afterAll(async () => {
      await tearDown();
      vi.unstubAllEnvs();
    });

    const createQueue = (changes: Partial<Limits> = {}) => create({ ...LIMITS, ...changes });

    /** `done()` is what the test holds of the job once it has started. */
    async function submit(queue: Queue, pixels: number, mark?: string) {
      const key = crypto.randomUUID();
      const id = await queue.submit(OPEN_JOB, { key }, { pixels, ...(mark && { mark }) });
      const done = async () => {
        await expect.poll(() => started.has(key), { interval: 10, timeout: 10_000 }).toBe(true);
        return started.get(key)!;
      };
      return { id, done, hasStarted: () => started.has(key) };
    }

    /** One after another, each once the one before is where it will be. */
    async function submitAll(queue: Queue, states: [pixels: number, state: string][]) {
      const jobs: Awaited<ReturnType<typeof submit>>[] = [];
      for (const [pixels, state] of states) {
        jobs.push(await submit(queue, pixels));
        await stateOf(queue, jobs.at(-1)!, state);
      }
      return jobs;
    }

    const stateOf = (queue: Queue, { id }: { id: string }, state: string) =>
      expect.poll(async () => (await queue.get(id))?.state, { interval: 10, timeout: 10_000 }).toBe(state);

    it('starts as many as the pixels allow, the rest in order of arrival', async () => {
      const queue = createQueue();
      const jobs = await submitAll(queue, [
        [60, 'STARTED'],
        [60, 'PENDING'],
        [10, 'PENDING'],
      ]);
      const positions = jobs.map(async ({ id }) => (await queue.get(id))?.queuePosition);
      expect(await Promise.all(positions)).toEqual([0, 0, 1]);
      // Time enough for one that would pass another.
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(jobs.map((job) => job.hasStarted())).toEqual([true, false, false]);
      (await jobs[0]!.done()).finish('a');
      expect(await queue.ended(jobs[0]!.id)).toMatchObject({ state: 'SUCCESS', progress: 1, result: { value: 'a' } });
      for (const job of jobs.slice(1)) await stateOf(queue, job, 'STARTED');
    });

    it('runs an image larger than the whole allowance, alone', async () => {
      const queue = createQueue();
      await submitAll(queue, [
        [1000, 'STARTED'],
        [1, 'PENDING'],
      ]);
    });

    it('takes a job without a bound, which is worked on alone', async () => {
      const queue = createQueue();
      const [first, alone] = [await submit(queue, 1), await submit(queue, Number.POSITIVE_INFINITY)];
      (await first.done()).finish('');
      await alone.done();
      const last = await submit(queue, 0);
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(last.hasStarted()).toBe(false);
    });

    it('refuses what it has no room for, unless it was admitted before', async () => {
      const queue = createQueue();
      await submitAll(queue, [
        [50, 'STARTED'],
        [50, 'STARTED'],
        [50, 'PENDING'],
        [50, 'PENDING'],
      ]);
      await expect(submit(queue, 50)).rejects.toThrow('2 analyses are waiting');
      const refusal = { code: 'queue_full', retryAfterSeconds: expect.any(Number) };
      await expect(queue.assertRoom(50)).rejects.toMatchObject(refusal);
      expect(await queue.load()).toEqual({ waiting: 2, running: 2, limit: 2 });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await queue.age()).toBeGreaterThan(0.04);
      expect(await queue.age()).toBeLessThan(20);
      const id = await queue.submit(OPEN_JOB, { key: 'late' }, { pixels: 50, isAdmitted: true });
      expect(await queue.get(id)).toMatchObject({ state: 'PENDING', queuePosition: 2 });
    });

    it('hands a handler the data as its schema reads it, and nothing that is no JSON', async () => {
      const queue = createQueue();
      const id = await queue.submit(DATA_JOB, { at: '7', left: () => 'a closure' }, { pixels: 1 });
      expect((await queue.ended(id)).result?.value).toBe('{"at":7}');
      const faulty = await queue.submit(DATA_JOB, { at: 7 as unknown as string }, { pixels: 1 });
      expect(await queue.ended(faulty)).toMatchObject({ state: 'FAILURE', error: { code: 'internal' } });
    });

    it('works for the client that has submitted', async () => {
      const queue = createQueue({ concurrentImages: 1 });
      const first = await withClient('first', () => submit(queue, 1));
      const second = await withClient('second', () => submit(queue, 1));
      (await first.done()).finish('');
      expect([(await first.done()).client, (await second.done()).client]).toEqual(['first', 'second']);
    });

    it('tells progress that never falls', async () => {
      const queue = createQueue();
      const { id, done } = await submit(queue, 1);
      const { context } = await done();
      const seen = async () => {
        const { stage, progress, tilesDone } = (await queue.get(id))!;
        return [stage, progress, tilesDone];
      };
      context.report({ stage: 'inferring', progress: 0.5, tilesDone: 2, tiles: 4 });
      await expect.poll(seen, { timeout: 5000 }).toEqual(['inferring', 0.5, 2]);
      context.report({ stage: 'scoring', progress: 0.2 });
      await expect.poll(seen, { timeout: 5000 }).toEqual(['scoring', 0.5, undefined]);
    });

    it('revokes a job that waits, and one that runs, which has truly stopped when it has ended', async () => {
      const queue = createQueue();
      const jobs = await submitAll(queue, [
        [100, 'STARTED'],
        [100, 'PENDING'],
      ]);
      await queue.cancel(jobs[1]!.id);
      expect((await queue.ended(jobs[1]!.id)).state).toBe('REVOKED');
      await queue.cancel(jobs[0]!.id);
      expect((await queue.get(jobs[0]!.id))?.state).toBe('REVOKED');
      const last = await queue.ended(jobs[0]!.id);
      expect(last).toMatchObject({ state: 'REVOKED' });
      expect(last.error).toBeUndefined();
      expect((await jobs[0]!.done()).context.signal.aborted).toBe(true);
      expect(await queue.load()).toMatchObject({ running: 0, waiting: 0 });
      expect(jobs[1]!.hasStarted()).toBe(false);
    });

    it('leaves others alone when a job fails, and says why it did', async () => {
      const queue = createQueue();
      const jobs = [await submit(queue, 50), await submit(queue, 50)];
      (await jobs[0]!.done()).fail(new AppError('unreadable_image', 'no'));
      expect((await queue.ended(jobs[0]!.id)).error).toMatchObject({ code: 'unreadable_image', detail: 'no' });
      await stateOf(queue, jobs[1]!, 'STARTED');
      (await jobs[1]!.done()).fail(new TypeError('ours'));
      expect((await queue.ended(jobs[1]!.id)).error?.code).toBe('internal');
    });

    /** Submits many jobs at once, with orders from 0 on. */
    async function submitMany(queue: Queue, marks: readonly string[], from = 0) {
      const jobs = marks.map((mark, i) => ({ data: { key: mark }, mark, pixels: 1, order: from + i }));
      await queue.submitAll(OPEN_JOB, jobs);
    }
    const hasStarted = (key: string) =>
      expect.poll(() => started.has(key), { interval: 10, timeout: 10_000 }).toBe(true);

    it('takes many jobs at once, each mark once, and starts them by their order', async () => {
      const queue = createQueue({ concurrentImages: 1, waiting: 10 });
      const name = crypto.randomUUID();
      const [a, b] = [0, 1].map((n) => Array.from({ length: 3 }, (_, i) => `${name}-${n}-${i}`));
      await submitMany(queue, a!);
      await hasStarted(a![0]!);
      // Marks that wait or run are left as they are, and what was begun later gets its turns.
      await submitMany(queue, [...a!, ...b!].slice(0, 3));
      await submitMany(queue, b!);
      const image = await submit(queue, 1);
      expect(await queue.load()).toMatchObject({ waiting: 6, running: 1 });
      started.get(a![0]!)!.finish('');
      // What has no order goes before all that has one.
      (await image.done()).finish('');
      const order = [b![0]!, a![1]!, b![1]!, a![2]!, b![2]!];
      for (const [i, key] of order.entries()) {
        await hasStarted(key);
        expect(order.filter((other) => started.has(other))).toEqual(order.slice(0, i + 1));
        started.get(key)!.finish('');
      }
      await expect.poll(() => queue.load(), { timeout: 10_000 }).toMatchObject({ waiting: 0, running: 0 });
      // Nothing is kept of them.
      expect(await queue.get(a![0]!)).toBeUndefined();
      await submitMany(queue, [a![0]!]);
      await expect.poll(() => queue.load(), { timeout: 10_000 }).toMatchObject({ running: 1 });
    });

    it('revokes many jobs at once, and none of them runs when that is done', async () => {
      const queue = createQueue();
      const marks = Array.from({ length: 1200 }, () => crypto.randomUUID());
      await submitMany(queue, marks);
      await hasStarted(marks[1]!);
      const kept = crypto.randomUUID();
      await submitMany(queue, [kept], 5000);
      await queue.cancelAll(marks);
      expect([0, 1].map((i) => started.get(marks[i]!)!.context.signal.aborted)).toEqual([true, true]);
      await hasStarted(kept);
      expect(await queue.load()).toMatchObject({ waiting: 0, running: 1 });
      expect(marks.filter((mark) => started.has(mark))).toHaveLength(2);
    });

    it('is served by whoever works on it', async () => {
      await expect.poll(() => createQueue().isServed(), { timeout: 10_000 }).toBe(true);
    });

    it('does work of one mark once, as long as it waits or runs', async () => {
      const queue = createQueue();
      const first = await submit(queue, 1, 'the-run');
      const second = await submit(queue, 1, 'the-run');
      expect(second.id).toBe(first.id);
      (await first.done()).finish('one');
      await queue.ended(first.id);
      const third = await submit(queue, 1, 'the-run');
      (await third.done()).finish('two');
      expect((await queue.ended(third.id)).result?.value).toBe('two');
      expect(second.hasStarted()).toBe(false);
    });

    it('does work of a mark that was cancelled before', async () => {
      const queue = createQueue({ concurrentImages: 1 });
      const busy = await submit(queue, 1);
      const { id } = await submit(queue, 1, 'again');
      await queue.cancel(id);
      const again = await submit(queue, 1, 'again');
      (await busy.done()).finish('');
      (await again.done()).finish('at last');
      expect((await queue.ended(again.id)).result?.value).toBe('at last');
    });

    it('gives ids that cannot be guessed', async () => {
      const queue = createQueue({ waiting: 100 });
      const ids: string[] = [];
      for (let i = 0; i < 20; i++) ids.push((await submit(queue, 1)).id);
      expect(new Set(ids).size).toBe(20);
      expect(ids.every((id) => Buffer.from(id, 'base64url').length === 16)).toBe(true);
    });

    it('forgets on request, but never what is unfinished', async () => {
      const queue = createQueue();
      const { id, done } = await submit(queue, 1);
      await done();
      await queue.forget(id);
      expect((await queue.get(id))?.state).toBe('STARTED');
      (await done()).finish('x');
      await queue.ended(id);
      await queue.forget(id);
      expect(await queue.get(id)).toBeUndefined();
      await expect(queue.ended(id)).rejects.toMatchObject({ code: 'task_not_found' });
    });
  });
