import { expect, test } from 'vitest';
import { roundLength } from './scale-bar';

test('a scale bar is 1, 2 or 5 times a power of ten and no longer than asked', () => {
  expect([1, 4.9, 5, 19, 20, 99, 187.5, 750, 1000].map(roundLength)).toEqual([1, 2, 5, 10, 20, 50, 100, 500, 1000]);
});
