import { expect, test } from 'vitest';
import { formatBytes } from './format';

test('sizes are in decimal units', () => {
  expect([0, 999, 1000, 45_600, 12_345_678, 200e6].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1 kB',
    '46 kB',
    '12.4 MB',
    '200 MB',
  ]);
});

test('a byte above a limit does not read as the limit', () => {
  expect(formatBytes(200e6 + 1)).toBe('200.1 MB');
});
