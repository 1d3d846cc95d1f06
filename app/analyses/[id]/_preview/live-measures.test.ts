import { expect, test } from 'vitest';
import { areaInMm2, densityPerMm2, formatSquareMicrons } from './live-measures';

test('areas and densities follow the size of the pixels', () => {
  // 2000 x 1000 pixels of 0.5 µm are 1 mm x 0.5 mm.
  expect(areaInMm2(2_000_000, 0.5)).toBeCloseTo(0.5, 12);
  expect(densityPerMm2({ total: 700, areaPx: 2_000_000 }, 0.5)).toBeCloseTo(1400, 9);
  expect(densityPerMm2({ total: 700, areaPx: 2_000_000 }, 0.25)).toBeCloseTo(5600, 9);
  expect(densityPerMm2({ total: 0, areaPx: 0 }, 0.5)).toBe(0);
});

test('the size of a nucleus is read to a tenth of a µm² while that matters', () => {
  expect(formatSquareMicrons(61, 0.5)).toBe('15.3 µm²');
  expect(formatSquareMicrons(61, 2)).toBe('244 µm²');
});
