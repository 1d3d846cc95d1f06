import { expect, it } from 'vitest';
import { findRuns } from '@/lib/imaging/runs';
import { findPeaks, peakScratch } from './peaks';
import { splitComponents } from './split-components';

const LEVELS_PER_PX = 16;
const MIN_PROMINENCE = 1.6 * LEVELS_PER_PX;

/** Discs as [x, y, radius]. */
function discs(width: number, height: number, ...list: [number, number, number][]): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) =>
    list.some(([x, y, r]) => ((i % width) - x) ** 2 + (Math.floor(i / width) - y) ** 2 <= r * r) ? 1 : 0,
  );
}

function split(mask: Uint8Array, width: number, height: number) {
  return splitComponents(findRuns({ data: mask, width, height }), LEVELS_PER_PX, MIN_PROMINENCE, 0);
}

const areas = (labels: Int32Array, count: number) =>
  Array.from({ length: count }, (_, k) => labels.filter((label) => label === k + 1).length);

it('leaves one disc whole and cuts two that touch into equal halves', () => {
  const one = split(discs(30, 30, [14, 14, 9]), 30, 30);
  expect(one.count).toBe(1);
  const two = split(discs(40, 21, [10, 10, 8], [25, 10, 8]), 40, 21);
  expect(two.count).toBe(2);
  const [left, right] = areas(two.labelMap.data, 2);
  expect(Math.abs(left - right)).toBeLessThanOrEqual(17);
  // Every pixel of the disc's outer half keeps its disc's label.
  expect(two.labelMap.data[10 * 40 + 4]).toBe(two.labelMap.data[10 * 40 + 10]);
  expect(two.labelMap.data[10 * 40 + 30]).not.toBe(two.labelMap.data[10 * 40 + 10]);
});

it('leaves a disc with a bump whole', () => {
  expect(split(discs(40, 40, [16, 20, 11], [27, 20, 5]), 40, 40).count).toBe(1);
});

it('labels every foreground pixel and nothing else, on both sides of the diagonal alike', () => {
  let state = 99;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  for (let round = 0; round < 20; round++) {
    const [width, height] = [50, 44];
    const list = Array.from({ length: 12 }, (): [number, number, number] => [
      Math.floor(random() * width),
      Math.floor(random() * height),
      3 + random() * 6,
    ]);
    const mask = discs(width, height, ...list);
    const result = split(mask, width, height);
    expect(result.labelMap.data.map((label) => (label > 0 ? 1 : 0))).toEqual(Int32Array.from(mask));
    expect(areas(result.labelMap.data, result.count).every((area) => area > 0)).toBe(true);
    const turned = discs(height, width, ...list.map(([x, y, r]): [number, number, number] => [y, x, r]));
    expect(split(turned, height, width).count).toBe(result.count);
  }
});

it('finds peaks by prominence over the highest saddle', () => {
  // One row in a closed frame: peaks 9, 7, 8 with saddles 6 (between 9 and 7) and 3.
  const row = [5, 9, 6, 7, 3, 8, 2];
  const stride = row.length + 2;
  const height = new Uint16Array(3 * stride);
  const pixels = Int32Array.from(row, (_, n) => stride + 1 + n);
  row.forEach((level, n) => {
    height[pixels[n]] = level;
  });
  const peaks = (minProminence: number) =>
    findPeaks(height, stride, pixels, pixels.length, minProminence, peakScratch(height.length)).map((j) => height[j]);
  expect(peaks(1)).toEqual([9, 7, 8]);
  expect(peaks(2)).toEqual([9, 8]);
  expect(peaks(5)).toEqual([9, 8]);
  expect(peaks(6)).toEqual([9]);
});
