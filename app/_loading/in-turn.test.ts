import { expect, test } from 'vitest';
import { createNewest, createTurns } from './in-turn';

test('work begins at once when there is none before it, and else after it', async () => {
  const inTurn = createTurns();
  const done: string[] = [];
  let end: () => void = () => undefined;
  const first = inTurn(async () => {
    done.push('first');
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    done.push('first ended');
  });
  expect(done).toEqual(['first']);
  const second = inTurn(() => void done.push('second'));
  await Promise.resolve();
  expect(done).toEqual(['first']);
  end();
  await Promise.all([first, second]);
  expect(done).toEqual(['first', 'first ended', 'second']);
  inTurn(() => void done.push('at once'));
  inTurn(() => void done.push('at once again'));
  expect(done.slice(3)).toEqual(['at once', 'at once again']);
});

test('a failure is told to whoever asked, and the next work is done', async () => {
  const inTurn = createTurns();
  const failing = inTurn(() => Promise.reject(new Error('lost')));
  const next = inTurn(() => 'done');
  await expect(failing).rejects.toThrow('lost');
  expect(await next).toBe('done');
});

test('whoever waits for the newest run waits for one that begins meanwhile, too', async () => {
  const newest = createNewest();
  const ends: (() => void)[] = [];
  const begin = () => newest.run(new Promise((resolve) => ends.push(resolve)));
  await newest.settled();
  begin();
  let isSettled = false;
  const waiting = newest.settled().then(() => {
    isSettled = true;
  });
  begin();
  ends[0]?.();
  await new Promise((resolve) => setTimeout(resolve));
  expect(isSettled).toBe(false);
  ends[1]?.();
  await waiting;
});
