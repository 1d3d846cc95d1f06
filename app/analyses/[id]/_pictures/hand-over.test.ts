import { expect, test } from 'vitest';
import { createHandOver } from './hand-over';

test('one thing goes to whoever asked first, before it was there or after', async () => {
  const waiting = createHandOver<string>();
  const [first, second] = [waiting.take(), waiting.take()];
  waiting.give('original');
  waiting.give('another');
  expect(await Promise.all([first, second])).toEqual(['original', null]);
  const ready = createHandOver<string>();
  ready.give('original');
  expect(await ready.take()).toBe('original');
  expect(await ready.take()).toBeNull();
});

test('what is given up comes to nobody', async () => {
  const { give, take } = createHandOver<string>();
  give(null);
  give('late');
  expect(await take()).toBeNull();
});
