import { expect, test } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { buildPyramid, countHalvings, halve } from './pyramid';

const grey = (width: number, ...data: number[]): Raster => ({
  data: Uint8Array.from(data),
  width,
  height: data.length / width,
  channels: 1,
});

test('halving takes means, and a last odd row or column for itself', () => {
  expect(halve(grey(3, 0, 4, 10, 8, 4, 30))).toEqual(grey(2, 4, 20));
  expect(halve(grey(1, 7, 7, 9))).toEqual(grey(1, 7, 9));
});

test('a pyramid ends when a picture fits into one tile', () => {
  expect([countHalvings(512, 100), countHalvings(513, 100), countHalvings(3000, 2000)]).toEqual([0, 1, 3]);
  const levels = buildPyramid(grey(1030, ...new Uint8Array(2060)));
  expect(levels.map(({ width, height }) => [width, height])).toEqual([
    [1030, 2],
    [515, 1],
    [258, 1],
  ]);
});
