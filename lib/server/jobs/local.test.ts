import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { currentClient, withClient } from '@/lib/server/current-client';
import { getMetrics } from '@/lib/server/metrics';
import { defineJob, type JobContext } from './define-job';
import { createLocalQueue, type LocalQueueLimits } from './local';
import { PixelLine, type PixelLineLimits } from './pixel-line';

const LIMITS: LocalQueueLimits & PixelLineLimits = {
  waiting: 2,
  concurrentImages: 2,
  concurrentPixels: 100,
  keepSeconds: 3600,
  keepBytes: 10,
};

/** What a test holds of a job that is being done. */
type Started = {
  client: string;
  context: JobContext;
  finish: (value: string) => void;
  fail: (error: unknown) => void;
};
const started = new Map<string, Started>();

/** A job that ends when the test says so. Its result takes as many bytes as its data says. */
const OPEN_JOB = defineJob({
  name: 'test-open',
  schema: z.object({ key: z.string(), bytes: z.int().default(1) }),
  bytesOf: ({ bytes }: { bytes: number; value: string }) => bytes,
  handler: ({ key, bytes }, context) =>
    new Promise<{ bytes: number; value: string }>((resolve, fail) => {
      context.signal.addEventListener('abort', () => fail(context.signal.reason));
      const finish = (value: string) => resolve({ bytes, value });
      started.set(key, { client: currentClient(), context, finish, fail });
    }),
});

function createQueue(changes: Partial<typeof LIMITS> = {}) {
  const limits = { ...LIMITS, ...changes };
  return createLocalQueue<{ bytes: number; value: string }>(limits, new PixelLine(limits));
}
type Queue = ReturnType<typeof createQueue>;

/** Submits a job of so many pixels; `done` is what the test holds of it once it has started. */
async function submit(queue: Queue, pixels: number, bytes?: number): Promise<{ id: string; done: () => Started }> {
  const key = crypto.randomUUID();
  const id = await queue.submit(OPEN_JOB, { key, ...(bytes !== undefined && { bytes }) }, { pixels });
  return { id, done: () => started.get(key) as Started };
}

async function submitAll(queue: Queue, ...pixels: number[]) {
  const jobs: Awaited<ReturnType<typeof submit>>[] = [];
  for (const count of pixels) jobs.push(await submit(queue, count));
  return jobs;
}

const statesOf = (queue: Queue, jobs: { id: string }[]) =>
  Promise.all(jobs.map(async ({ id }) => (await queue.get(id))?.state));

beforeEach(() => {
  vi.stubEnv('LOG_LEVEL', 'silent');
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('createLocalQueue', () => {
  it('starts as many as the pixels allow, the rest in order of arrival', async () => {
    const queue = createQueue();
    const jobs = await submitAll(queue, 60, 60, 10);
    expect(await statesOf(queue, jobs)).toEqual(['STARTED', 'PENDING', 'PENDING']);
    const positions = jobs.map(async ({ id }) => (await queue.get(id))?.queuePosition);
    expect(await Promise.all(positions)).toEqual([0, 0, 1]);
    jobs[0]!.done().finish('a');
    await queue.ended(jobs[0]!.id);
    expect(await statesOf(queue, jobs)).toEqual(['SUCCESS', 'STARTED', 'STARTED']);
  });

  it('runs an image larger than the whole allowance, alone', async () => {
    const queue = createQueue();
    expect(await statesOf(queue, await submitAll(queue, 1000, 1))).toEqual(['STARTED', 'PENDING']);
  });

  it('refuses what it has no room for, unless it was admitted before', async () => {
    const queue = createQueue();
    await submitAll(queue, 50, 50, 50, 50);
    await expect(submit(queue, 50)).rejects.toThrow('2 analyses are waiting');
    await expect(queue.assertRoom(50)).rejects.toMatchObject({ code: 'queue_full' });
    expect(await queue.load()).toEqual({ waiting: 2, running: 2, limit: 2 });
    const id = await queue.submit(OPEN_JOB, { key: 'late' }, { pixels: 50, isAdmitted: true });
    expect(await queue.get(id)).toMatchObject({ state: 'PENDING', queuePosition: 2 });
  });

  it('says to come back after about as long as jobs have taken of late', async () => {
    const queue = createQueue({ waiting: 0, concurrentImages: 1 });
    const retryAfter = () =>
      submit(queue, 1).then(
        () => expect.unreachable('there was room'),
        (error: AppError) => error.retryAfterSeconds,
      );
    for (const seconds of [40, 40, 40, 40, 40, 40]) {
      const { id, done } = await submit(queue, 1);
      expect(await retryAfter()).toBeGreaterThanOrEqual(10);
      vi.advanceTimersByTime(seconds * 1000);
      done().finish('done');
      await queue.ended(id);
    }
    await submit(queue, 1);
    expect(await retryAfter()).toBeGreaterThan(30);
    expect(await retryAfter()).toBeLessThanOrEqual(40);
  });

  it('hands a handler the data as its schema reads it, and nothing that is no JSON', async () => {
    const seen = vi.fn(async (_: unknown) => ({ bytes: 0, value: '' }));
    const schema = z.object({ at: z.string().transform(Number), left: z.unknown().optional() });
    const job = defineJob({ name: 'test-data', schema, handler: seen });
    const queue = createQueue();
    await queue.ended(await queue.submit(job, { at: '7', left: () => 'a closure' }, { pixels: 1 }));
    expect(seen.mock.calls[0]![0]).toStrictEqual({ at: 7 });
    const faulty = await queue.submit(job, { at: 7 as unknown as string }, { pixels: 1 });
    expect(await queue.ended(faulty)).toMatchObject({ state: 'FAILURE', error: { code: 'internal' } });
  });

  it('works for the client that has submitted, also when the end of another’s job starts it', async () => {
    const queue = createQueue({ concurrentImages: 1 });
    const first = await withClient('first', () => submit(queue, 1));
    const second = await withClient('second', () => submit(queue, 1));
    first.done().finish('');
    await queue.ended(first.id);
    expect([first.done().client, second.done().client]).toEqual(['first', 'second']);
  });

  it('calls a full disk by its name', async () => {
    const queue = createQueue();
    const { id, done } = await submit(queue, 1);
    done().fail(new Error('encoding failed', { cause: Object.assign(new Error('no space'), { code: 'ENOSPC' }) }));
    expect((await queue.ended(id)).error?.code).toBe('storage_full');
  });

  it('tells progress that never falls', async () => {
    const queue = createQueue();
    const { id, done } = await submit(queue, 1);
    done().context.report({ stage: 'inferring', progress: 0.5, tilesDone: 2, tiles: 4 });
    expect(await queue.get(id)).toMatchObject({ stage: 'inferring', progress: 0.5, tilesDone: 2, tiles: 4 });
    done().context.report({ stage: 'scoring', progress: 0.2 });
    expect(await queue.get(id)).toMatchObject({ stage: 'scoring', progress: 0.5 });
  });

  it('revokes a job that waits, and one that runs', async () => {
    const queue = createQueue();
    const jobs = await submitAll(queue, 100, 100);
    await queue.cancel(jobs[1]!.id);
    expect((await queue.ended(jobs[1]!.id)).state).toBe('REVOKED');
    await queue.cancel(jobs[0]!.id);
    expect(await statesOf(queue, jobs)).toEqual(['REVOKED', 'REVOKED']);
    expect((await queue.ended(jobs[0]!.id)).error).toBeUndefined();
    expect((await queue.load()).running).toBe(0);
  });

  it('leaves others alone when a job fails', async () => {
    const queue = createQueue();
    const jobs = await submitAll(queue, 50, 50);
    jobs[0]!.done().fail(new AppError('unreadable_image', 'no'));
    expect((await queue.ended(jobs[0]!.id)).error?.code).toBe('unreadable_image');
    expect(await statesOf(queue, jobs)).toEqual(['FAILURE', 'STARTED']);
    jobs[1]!.done().fail(new TypeError('ours'));
    expect((await queue.ended(jobs[1]!.id)).error?.code).toBe('internal');
  });

  it('keeps an ended job for an hour', async () => {
    const queue = createQueue();
    const { id, done } = await submit(queue, 1);
    done().finish('result');
    await queue.ended(id);
    vi.advanceTimersByTime(3599_000);
    expect((await queue.get(id))?.result?.value).toBe('result');
    vi.advanceTimersByTime(2_000);
    expect(await queue.get(id)).toBeUndefined();
  });

  it('drops the oldest results when they take too much memory, and lets it be seen', async () => {
    const queue = createQueue();
    const ids: string[] = [];
    for (const bytes of [6, 3, 4]) {
      const { id, done } = await submit(queue, 1, bytes);
      done().finish(`${bytes}`);
      await queue.ended(id);
      ids.push(id);
    }
    const results = ids.map(async (id) => (await queue.get(id))?.result?.value);
    expect(await Promise.all(results)).toEqual([undefined, '3', '4']);
    expect((await queue.get(ids[0]!))?.state).toBe('SUCCESS');
  });

  it('counts as cancelled what comes to its end after it was cancelled', async () => {
    let end = () => {};
    const heedless = (): Promise<{ bytes: number; value: string }> =>
      new Promise((resolve) => {
        end = () => resolve({ bytes: 0, value: '' });
      });
    const job = defineJob({ name: 'test-heedless', schema: z.object({}), handler: heedless });
    const queue = createQueue();
    const id = await queue.submit(job, {}, { pixels: 1 });
    await queue.cancel(id);
    end();
    expect((await queue.ended(id)).state).toBe('REVOKED');
    const { values } = await getMetrics().jobSeconds.get();
    const counted = values.filter(
      ({ labels, metricName }) => labels.job === job.name && metricName?.endsWith('_count'),
    );
    expect(counted.map(({ labels, value }) => [labels.outcome, value])).toEqual([['cancelled', 1]]);
  });

  it('gives ids that cannot be guessed', async () => {
    const queue = createQueue({ waiting: 100 });
    const ids = (await submitAll(queue, ...Array<number>(50).fill(1))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => Buffer.from(id, 'base64url').length === 16)).toBe(true);
  });

  it('forgets on request, but never what is unfinished', async () => {
    const queue = createQueue();
    const { id, done } = await submit(queue, 1);
    await queue.forget(id);
    expect((await queue.get(id))?.state).toBe('STARTED');
    done().finish('x');
    await queue.ended(id);
    await queue.forget(id);
    expect(await queue.get(id)).toBeUndefined();
  });
});
