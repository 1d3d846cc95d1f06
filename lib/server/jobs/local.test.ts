import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { createLocalQueue, type LocalQueueLimits } from './local';
import type { JobContext } from './queue';

const LIMITS: LocalQueueLimits = {
  waiting: 2,
  concurrentImages: 2,
  concurrentPixels: 100,
  keepSeconds: 3600,
  keepBytes: 10,
};

/** A job that ends when the test says so. */
function openJob(pixels: number, bytes = 1) {
  let context: JobContext | undefined;
  let finish: (value: string) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const done = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const dispose = vi.fn();
  const run = (given: JobContext) => {
    context = given;
    given.signal.addEventListener('abort', () => fail(given.signal.reason));
    return done;
  };
  return { job: { pixels, run, dispose, bytesOf: () => bytes }, dispose, finish, fail, context: () => context };
}

const states = (queue: { get(id: string): { state: string } | undefined }, ids: string[]) =>
  ids.map((id) => queue.get(id)?.state);

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
    const queue = createLocalQueue<string>(LIMITS);
    const jobs = [openJob(60), openJob(60), openJob(10)];
    const ids = jobs.map(({ job }) => queue.submit(job));
    expect(states(queue, ids)).toEqual(['STARTED', 'PENDING', 'PENDING']);
    expect(ids.map((id) => queue.get(id)?.queuePosition)).toEqual([0, 0, 1]);
    jobs[0]?.finish('a');
    await queue.ended(ids[0] as string);
    expect(states(queue, ids)).toEqual(['SUCCESS', 'STARTED', 'STARTED']);
  });

  it('runs an image larger than the whole allowance, alone', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const jobs = [openJob(1000), openJob(1)];
    const ids = jobs.map(({ job }) => queue.submit(job));
    expect(states(queue, ids)).toEqual(['STARTED', 'PENDING']);
  });

  it('refuses what it has no room for, and lets go of it', () => {
    const queue = createLocalQueue<string>(LIMITS);
    for (let i = 0; i < 4; i++) queue.submit(openJob(50).job);
    const late = openJob(50);
    expect(() => queue.submit(late.job)).toThrow('2 analyses wait already');
    expect(late.dispose).toHaveBeenCalledOnce();
    expect(queue.load()).toEqual({ waiting: 2, running: 2, limit: 2 });
  });

  it('says to come back after about as long as jobs have taken of late', async () => {
    const queue = createLocalQueue<string>({ ...LIMITS, waiting: 0, concurrentImages: 1 });
    const retryAfter = () => {
      try {
        queue.submit(openJob(1).job);
      } catch (error) {
        return (error as AppError).retryAfterSeconds;
      }
      return expect.unreachable('there was room');
    };
    for (const seconds of [40, 40, 40, 40, 40, 40]) {
      const { job, finish } = openJob(1);
      const id = queue.submit(job);
      expect(retryAfter()).toBeGreaterThanOrEqual(10);
      vi.advanceTimersByTime(seconds * 1000);
      finish('done');
      await queue.ended(id);
    }
    queue.submit(openJob(1).job);
    expect(retryAfter()).toBeGreaterThan(30);
    expect(retryAfter()).toBeLessThanOrEqual(40);
  });

  it('calls a full disk by its name', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const { job, fail } = openJob(1);
    const id = queue.submit(job);
    fail(new Error('encoding failed', { cause: Object.assign(new Error('no space'), { code: 'ENOSPC' }) }));
    expect((await queue.ended(id)).error?.code).toBe('storage_full');
  });

  it('tells progress that never falls', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const { job, context } = openJob(1);
    const id = queue.submit(job);
    context()?.report({ stage: 'inferring', progress: 0.5, tilesDone: 2, tiles: 4 });
    expect(queue.get(id)).toMatchObject({ stage: 'inferring', progress: 0.5, tilesDone: 2, tiles: 4 });
    context()?.report({ stage: 'scoring', progress: 0.2 });
    expect(queue.get(id)).toMatchObject({ stage: 'scoring', progress: 0.5 });
  });

  it('revokes a job that waits, and one that runs', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const jobs = [openJob(100), openJob(100)];
    const ids = jobs.map(({ job }) => queue.submit(job)) as [string, string];
    queue.cancel(ids[1]);
    expect(jobs[1]?.dispose).toHaveBeenCalledOnce();
    queue.cancel(ids[0]);
    expect(states(queue, ids)).toEqual(['REVOKED', 'REVOKED']);
    expect((await queue.ended(ids[0])).error).toBeUndefined();
    expect(jobs[0]?.dispose).toHaveBeenCalledOnce();
    expect(queue.load().running).toBe(0);
  });

  it('leaves others alone when a job fails', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const jobs = [openJob(100), openJob(100)];
    const ids = jobs.map(({ job }) => queue.submit(job)) as [string, string];
    jobs[0]?.fail(new AppError('unreadable_image', 'no'));
    expect((await queue.ended(ids[0])).error?.code).toBe('unreadable_image');
    expect(states(queue, ids)).toEqual(['FAILURE', 'STARTED']);
    jobs[1]?.fail(new TypeError('ours'));
    expect((await queue.ended(ids[1])).error?.code).toBe('internal');
  });

  it('keeps an ended job for an hour', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const { job, finish } = openJob(1);
    const id = queue.submit(job);
    finish('result');
    await queue.ended(id);
    vi.advanceTimersByTime(3599_000);
    expect(queue.get(id)?.result).toBe('result');
    vi.advanceTimersByTime(2_000);
    expect(queue.get(id)).toBeUndefined();
  });

  it('drops the oldest results when they take too much memory, and lets it be seen', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const ids: string[] = [];
    for (const bytes of [6, 3, 4]) {
      const { job, finish } = openJob(1, bytes);
      const id = queue.submit(job);
      finish(`${bytes}`);
      await queue.ended(id);
      ids.push(id);
    }
    expect(ids.map((id) => queue.get(id)?.result)).toEqual([undefined, '3', '4']);
    expect(queue.get(ids[0] as string)?.state).toBe('SUCCESS');
  });

  it('gives ids that cannot be guessed', () => {
    const queue = createLocalQueue<string>({ ...LIMITS, waiting: 100 });
    const ids = Array.from({ length: 50 }, () => queue.submit(openJob(1).job));
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => Buffer.from(id, 'base64url').length === 16)).toBe(true);
  });

  it('forgets on request, but never what is unfinished', async () => {
    const queue = createLocalQueue<string>(LIMITS);
    const { job, finish } = openJob(1);
    const id = queue.submit(job);
    queue.forget(id);
    expect(queue.get(id)?.state).toBe('STARTED');
    finish('x');
    await queue.ended(id);
    queue.forget(id);
    expect(queue.get(id)).toBeUndefined();
  });
});
