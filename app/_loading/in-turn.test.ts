import { expect, test } from 'vitest';
import { createTurns } from './in-turn';

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
