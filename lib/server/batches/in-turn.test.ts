import { setImmediate as pause } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { createTurns } from './in-turn';

it('does the work for all who ask meanwhile once more, after they asked', async () => {
  let stored = 0;
  const work = vi.fn(async (_: string) => {
    const read = stored;
    await pause();
    return read;
  });
  const ask = createTurns(work);
  const first = ask('a');
  stored = 1;
  const later = [ask('a'), ask('a'), ask('a')];
  expect(await first).toBe(0);
  expect(await Promise.all(later)).toEqual([1, 1, 1]);
  expect(work).toHaveBeenCalledTimes(2);
  stored = 2;
  expect(await Promise.all([ask('a'), ask('b')])).toEqual([2, 2]);
  expect(work).toHaveBeenCalledTimes(4);
});

it('goes on after a failure, which is told to those who asked for it alone', async () => {
  let calls = 0;
  const ask = createTurns(async () => {
    if (++calls === 1) throw new Error('away');
    return calls;
  });
  const [first, second] = await Promise.allSettled([ask('a'), ask('a')]);
  expect(first.status).toBe('rejected');
  expect(second).toEqual({ status: 'fulfilled', value: 2 });
  expect(await ask('a')).toBe(3);
});
