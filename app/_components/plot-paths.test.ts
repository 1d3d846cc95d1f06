import { expect, test } from 'vitest';
import { areaPath, axisTicks, logShares } from './plot-paths';

test('an area starts and ends on the axis', () => {
  expect(areaPath([0, 1, 0.5])).toBe('M0 100L0.00 100.0L50.00 0.0L100.00 50.0L100.00 100Z');
  expect(areaPath([0, 1], 0.5)).toMatch(/L50\.00 0\.0L50\.00 100Z$/);
});

test.each([
  [255, [0, 100, 200]],
  [40, [0, 10, 20, 30, 40]],
  [0.93, [0, 0.5]],
  [1234, [0, 500, 1000]],
])('ticks up to %d are round', (max, ticks) => {
  expect(axisTicks(max)).toEqual(ticks);
});

test('logarithms of counts lie between 0 and 1, and of nothing are 0', () => {
  expect(logShares([0, 9, 99])).toEqual([0, 0.5, 1]);
  expect(logShares([0, 0])).toEqual([0, 0]);
});
