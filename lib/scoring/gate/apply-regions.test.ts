import { expect, it } from 'vitest';
import { applyRegions, type DrawnRegion, splitRegions } from './apply-regions';

const box = (kind: DrawnRegion['kind'], [x0, y0, x1, y1]: [number, number, number, number], enabled?: boolean) =>
  ({
    kind,
    rings: [
      [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
        [x0, y0],
      ],
    ],
    ...(enabled === undefined ? {} : { enabled }),
  }) satisfies DrawnRegion;

/** Nuclei of one pixel, at (1, 1), (2, 1), (1, 2), (2, 2) and (4, 4); the last is dropped by its size. */
const nuclei = { centroidX: Float64Array.of(1, 2, 1, 2, 4), centroidY: Float64Array.of(1, 1, 2, 2, 4) };
const gated = { kept: Uint8Array.of(1, 1, 1, 1, 0), positive: Uint8Array.of(1, 0, 1, 0, 1) };
const kept = (...regions: DrawnRegion[]) => [...applyRegions(nuclei, gated, splitRegions(regions)).kept];

it('counts the nuclei whose centres lie inside, which is half a pixel from the corner of their pixels', () => {
  expect(kept(box('include', [2, 0, 9, 9]))).toEqual([0, 1, 0, 1, 0]);
  expect(kept(box('include', [0, 0, 2, 9]))).toEqual([1, 0, 1, 0, 0]);
  expect(kept(box('include', [0, 2, 9, 9]))).toEqual([0, 0, 1, 1, 0]);
  expect(kept(box('exclude', [0, 0, 9, 2]))).toEqual([0, 0, 1, 1, 0]);
});

it('leaves out what is excluded, also inside of what is included', () => {
  expect(kept(box('include', [2, 0, 9, 9]), box('exclude', [2, 2, 9, 9]))).toEqual([0, 1, 0, 0, 0]);
});

it('counts in the whole picture where no region is enabled', () => {
  expect(applyRegions(nuclei, gated, splitRegions([box('include', [2, 0, 9, 9], false)]))).toBe(gated);
  expect(kept(box('include', [2, 0, 9, 9], true), box('exclude', [0, 0, 9, 9], false))).toEqual([0, 1, 0, 1, 0]);
});
