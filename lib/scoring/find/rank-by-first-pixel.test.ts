import { expect, it } from 'vitest';
import { rankByFirstPixel } from './rank-by-first-pixel';

it('ranks the nuclei of all lists together', () => {
  expect(rankByFirstPixel([Int32Array.of(7, 30), Int32Array.of(), Int32Array.of(9, 2)])).toEqual([
    Int32Array.of(1, 3),
    Int32Array.of(),
    Int32Array.of(2, 0),
  ]);
  expect(rankByFirstPixel([])).toEqual([]);
});

it('refuses more than it can put in order exactly', () => {
  const largestPixel = 2 ** 31 - 1;
  const most = Math.floor(2 ** 53 / largestPixel);
  const pixels = (count: number) => new Int32Array(count).fill(largestPixel);
  expect(rankByFirstPixel([pixels(most - 1)])[0].at(-1)).toBe(most - 2);
  expect(() => rankByFirstPixel([pixels(most + 1)])).toThrow(RangeError);
});
