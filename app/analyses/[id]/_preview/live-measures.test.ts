import { expect, test } from 'vitest';
import { formatSquareMicrons } from './live-measures';

test('the size of a nucleus is read to a tenth of a µm² while that matters', () => {
  expect(formatSquareMicrons(61, 0.5)).toBe('15.3 µm²');
  expect(formatSquareMicrons(61, 2)).toBe('244 µm²');
});
