import { expect, test } from 'vitest';
import { type ChoiceImage, centreOn, fitRegion, levelsFor, partBody, proposeRegion } from './slide-part';

const level = (downsample: number) => ({ width: 20_000 / downsample, height: 10_000 / downsample, downsample });
const image: ChoiceImage = {
  ...{ series: 0, width: 20_000, height: 10_000, microns_per_pixel: 0.25, planes: 1 },
  levels: [level(1), level(4), level(16)],
};
const MAX = 100e6;

test('levels are offered as far as their pixels can be analysed', () => {
  expect(levelsFor(image, 0.25)).toEqual([0, 1]);
  expect(levelsFor(image, 0.1)).toEqual([0, 1, 2]);
  expect(levelsFor(image, 1)).toEqual([0]);
  expect(levelsFor(image, null)).toEqual([0, 1, 2]);
});

test('a level that can be analysed whole needs no region; of a larger one a field in its middle is proposed', () => {
  expect(proposeRegion(image, 1, MAX)).toBeNull();
  expect(proposeRegion(image, 0, MAX)).toEqual({ x: 8500, y: 3500, width: 3000, height: 3000 });
  expect(proposeRegion(image, 1, 1e6)).toEqual({ x: 8000, y: 3000, width: 4000, height: 4000 });
});

test('a region stays inside, in whole pixels, and within the limit', () => {
  const fitted = (x: number, y: number, width: number, height: number) =>
    fitRegion({ x, y, width, height }, image, 0, MAX);
  expect(fitted(-50.5, 9_999, 100.7, 200)).toEqual({ x: 0, y: 9800, width: 100, height: 200 });
  expect(fitted(0, 0, 1, 1)).toEqual({ x: 0, y: 0, width: 64, height: 64 });
  const { width, height } = fitted(0, 0, 20_000, 10_000);
  expect(width * height).toBeLessThanOrEqual(MAX);
  expect(width / height).toBeCloseTo(2, 2);
  expect(centreOn({ x: 0, y: 0, width: 100, height: 50 }, 500, 500)).toMatchObject({ x: 450, y: 475 });
});

test('the start names what was chosen', () => {
  const slide = { images: [image], series: 0, plane: 2, max_pixels: MAX };
  const region = { x: 1, y: 2, width: 300, height: 400 };
  expect(partBody(slide, 0, null)).toEqual({ series: 0, plane: 2 });
  expect(partBody(slide, 1, region)).toEqual({ series: 0, plane: 2, level: 1, region });
});
