import { expect, test } from 'vitest';
import { countRegionPixels } from './region-area';

test('the area of regions counts pixels by their centres, twice covered ones once', () => {
  const square = (from: number, to: number) =>
    [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
      [from, from],
    ] as [number, number][];
  expect(countRegionPixels({ include: [], exclude: [] }, 10, 8)).toBe(80);
  expect(countRegionPixels({ include: [[square(1, 4)], [square(2, 5)]], exclude: [] }, 10, 8)).toBe(9 + 9 - 4);
  expect(countRegionPixels({ include: [[square(0, 6), square(2, 4)]], exclude: [[square(-3, 1)]] }, 10, 8)).toBe(
    36 - 4 - 1,
  );
  expect(countRegionPixels({ include: [[square(-2, 2)], [square(6.4, 9)]], exclude: [] }, 10, 8)).toBe(4 + 3 * 2);
  expect(countRegionPixels({ include: [[square(20, 30)]], exclude: [] }, 10, 8)).toBe(0);
  expect(countRegionPixels({ include: [], exclude: [[square(0, 2.6)]] }, 10, 8)).toBe(80 - 9);
});
