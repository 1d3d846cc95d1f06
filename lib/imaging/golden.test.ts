import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { squaredDistances } from '@/lib/imaging/morphology/distance-transform';
import { fillHoles, findHoles } from '@/lib/imaging/morphology/hole-filling';
import { findPeaks, peakScratch } from '@/lib/imaging/morphology/peaks';
import { watershed } from '@/lib/imaging/morphology/watershed';
import type { Mask } from './raster';
import { findRuns, labelRuns } from './runs';

type MaskCase = {
  mask: number[][];
  labels4: number[][];
  labels8: number[][];
  filled: number[][];
  squaredDistances: number[][] | null;
};

type WatershedCase = {
  relief: number[][];
  seeds: number[][];
  mask: number[][];
  connectivity: 4 | 8;
  labels: number[][];
};

type PeakCase = { height: number[][]; prominence: number; maxima: number[][] };

const golden: { masks: Record<string, MaskCase>; watersheds: Record<string, WatershedCase>; peaks: PeakCase[] } =
  JSON.parse(readFileSync(new URL('./__fixtures__/kernels.json', import.meta.url), 'utf8'));

const maskOf = (rows: number[][]): Mask => ({
  data: Uint8Array.from(rows.flat()),
  width: rows[0].length,
  height: rows.length,
});

describe.each(Object.entries(golden.masks))('on the mask %s, as scikit-image and SciPy', (_, expected) => {
  const mask = maskOf(expected.mask);

  it('labels through edges and through corners', () => {
    const runs = findRuns(mask);
    const painted = (connectivity: 4 | 8) => {
      const { label } = labelRuns(runs, connectivity);
      const labels = new Int32Array(mask.data.length);
      for (let r = 0; r < runs.count; r++) labels.fill(label[r], runs.from[r], runs.to[r]);
      return [...labels];
    };
    expect(painted(4)).toEqual(expected.labels4.flat());
    expect(painted(8)).toEqual(expected.labels8.flat());
  });

  it('fills holes', () => {
    const runs = findRuns(mask);
    const { count, from, to } = fillHoles(runs, findHoles(runs));
    const filled = new Uint8Array(mask.data.length);
    for (let r = 0; r < count; r++) filled.fill(1, from[r], to[r]);
    expect([...filled]).toEqual(expected.filled.flat());
  });

  it.skipIf(expected.squaredDistances === null)('measures distances to the background', () => {
    expect([...squaredDistances(findRuns(mask))]).toEqual(expected.squaredDistances?.flat());
  });
});

describe('watershed, as scikit-image', () => {
  it.each(Object.entries(golden.watersheds))('%s', (_, { relief, seeds, mask, connectivity, labels }) => {
    const [height, width] = [seeds.length, seeds[0].length];
    const basins = watershed(
      Uint16Array.from(relief.flat()),
      { data: Int32Array.from(seeds.flat()), width, height },
      maskOf(mask),
      connectivity,
    );
    expect([...basins.data]).toEqual(labels.flat());
  });
});

it.each(golden.peaks)('finds one pixel of each maximum of dynamics >= $prominence, as scikit-image', (expected) => {
  const height = Uint16Array.from(expected.height.flat());
  const pixels = Int32Array.from([...height.keys()].filter((i) => height[i] > 0));
  const scratch = peakScratch(height.length);
  const peaks = findPeaks(height, expected.height[0].length, pixels, pixels.length, expected.prominence, scratch);
  const maxima = expected.maxima.flat();
  expect(peaks.map((i) => maxima[i])).toEqual([...new Set(maxima)].filter((label) => label > 0));
});
