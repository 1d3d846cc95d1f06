import { expect, it } from 'vitest';
import { readGlass } from './read-glass';

it('reads a bit a cell, the first in the lowest, and takes what is beyond for no glass', () => {
  const isGlass = readGlass(btoa('\u0005\u0008'));
  expect(Array.from({ length: 12 }, (_, index) => index).filter(isGlass)).toEqual([0, 2, 11]);
  expect(isGlass(100)).toBe(false);
});
