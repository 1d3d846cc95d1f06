import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { createAttempts } from './attempts';
import { PassingFailure } from './failures';
import type { Trouble } from './trouble';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const told: [string, Trouble | null][] = [];
  return { told, attempts: createAttempts((name, trouble) => told.push([name, trouble])) };
}

/** Fails `times` times, then works. */
const failing = (times: number, error: Error) => vi.fn(async () => (times-- > 0 ? Promise.reject(error) : 'there'));

test('what works is told nobody', async () => {
  const { told, attempts } = start();
  expect(await attempts.run('picture', failing(0, new Error()))).toBe('there');
  expect(told).toEqual([]);
});

test.each([
  ['a picture that did not come', new PassingFailure('cut')],
  ['a server that did not answer', new AppError('unreachable', 'cut')],
  ['a storage that was away', new AppError('storage_unavailable', 'cut')],
  ['too many requests', new AppError('rate_limited', 'cut')],
])('is tried again by itself, later and later: %s', async (_, error) => {
  const { told, attempts } = start();
  const work = failing(3, error);
  const result = attempts.run('picture', work);
  for (const [ms, calls] of [
    [0, 1],
    [300, 2],
    [999, 2],
    [1, 3],
    [2000, 4],
  ] as const) {
    await vi.advanceTimersByTimeAsync(ms);
    expect(work).toHaveBeenCalledTimes(calls);
  }
  expect(await result).toBe('there');
  expect(told.map(([, trouble]) => trouble?.sentence ?? null)).toEqual(['cut', 'cut', 'cut', null]);
});

test('what does not pass waits until somebody asks', async () => {
  const { told, attempts } = start();
  const work = failing(1, new Error('broken'));
  const result = attempts.run('preview', work);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(work).toHaveBeenCalledTimes(1);
  attempts.retryNow();
  expect(await result).toBe('there');
  expect(told).toEqual([
    ['preview', { sentence: 'broken', isDeleted: false }],
    ['preview', null],
  ]);
});

test('somebody who asks is not kept waiting by a pause', async () => {
  const { attempts } = start();
  const work = failing(6, new PassingFailure('cut'));
  const result = attempts.run('picture', work);
  for (let n = 0; n < 6; n++) {
    await vi.advanceTimersByTimeAsync(0);
    attempts.retryNow();
  }
  expect(await result).toBe('there');
});

test('an analysis that is deleted is known as such', async () => {
  const { told, attempts } = start();
  attempts.run('original', failing(9, new AppError('analysis_not_found', 'gone'))).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([['original', { sentence: 'gone', isDeleted: true }]]);
});

test('ends all attempts, and may begin anew', async () => {
  const { told, attempts } = start();
  const work = failing(9, new PassingFailure('cut'));
  const result = attempts.run('picture', work);
  await vi.advanceTimersByTimeAsync(0);
  attempts.close();
  await expect(result).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([work.mock.calls.length, told.length]).toEqual([1, 1]);
  expect(await attempts.run('picture', failing(0, new Error()))).toBe('there');
});
