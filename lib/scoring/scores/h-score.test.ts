import { expect, test } from 'vitest';
import { allredScore } from './allred';
import { binIntensities, hScore, INTENSITY_THRESHOLDS } from './h-score';

const bins = (negative: number, onePlus: number, twoPlus: number, threePlus: number) => ({
  negative,
  onePlus,
  twoPlus,
  threePlus,
});

test('only positive nuclei are graded, and only counted ones are binned', () => {
  const nuclei = {
    odMean: Float32Array.of(0.9, 0.1, 0.35, 0.5, 0.5),
    counted: Uint8Array.of(1, 1, 1, 1, 0),
    positive: Uint8Array.of(0, 1, 1, 1, 1),
  };
  expect(binIntensities(nuclei, INTENSITY_THRESHOLDS)).toEqual(bins(1, 1, 1, 1));
});

test('a nucleus at a threshold belongs to the stronger bin', () => {
  const nuclei = { odMean: Float32Array.of(0.25, 0.5), counted: Uint8Array.of(1, 1), positive: Uint8Array.of(1, 1) };
  expect(binIntensities(nuclei, { twoPlus: 0.25, threePlus: 0.5 })).toEqual(bins(0, 0, 1, 1));
});

test.each([
  [bins(0, 0, 0, 0), 0],
  [bins(10, 0, 0, 0), 0],
  [bins(0, 0, 0, 7), 300],
  [bins(50, 20, 20, 10), 90],
  // 33.3, 66.7 and 12.5.
  [bins(2, 1, 0, 0), 33],
  [bins(1, 2, 0, 0), 67],
  [bins(7, 1, 0, 0), 13],
])('H-score of %o is %d', (counts, score) => {
  expect(hScore(counts)).toBe(score);
});

test.each([
  [bins(0, 0, 0, 0), [0, 0, 0]],
  [bins(9, 0, 0, 0), [0, 0, 0]],
  [bins(99, 1, 0, 0), [1, 1, 2]],
  [bins(90, 0, 10, 0), [2, 2, 4]],
  [bins(200, 0, 0, 100), [3, 3, 6]],
  [bins(100, 0, 200, 0), [4, 2, 6]],
  [bins(99, 0, 0, 201), [5, 3, 8]],
  // A mean of 1.5 is rounded up.
  [bins(0, 5, 5, 0), [5, 2, 7]],
])('Allred score of %o is %o', (counts, [proportion, intensity, total]) => {
  expect(allredScore(counts)).toEqual({ proportion, intensity, total });
});
