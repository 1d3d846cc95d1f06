import { expect, test } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { countRegionPixels } from '../_preview/region-area';
import { readView, writeView } from '../_result/view-url';
import { autoHigh } from './auto-window';
import { composeTile, copyTile, densityHistogram, windowTable } from './compose-tile';
import { buildPyramid, countHalvings, halve } from './pyramid';
import { INITIAL_VIEW } from './view-settings';

const grey = (width: number, ...data: number[]): Raster => ({
  data: Uint8Array.from(data),
  width,
  height: data.length / width,
  channels: 1,
});

test('a window makes black what is below it and full what is above', () => {
  const shown = windowTable({ low: 50, high: 150 });
  expect([shown[0], shown[50], shown[100], shown[150], shown[255]]).toEqual([0, 0, 0.5, 1, 1]);
});

test('channels add up in their colours, no further than full', () => {
  const layer = { isShown: true, low: 0, high: 255 };
  const tile = composeTile(
    [
      { plane: grey(2, 0, 255), layer: { ...layer, colour: '#ff0000' } },
      { plane: grey(2, 255, 255), layer: { ...layer, colour: '#800080' } },
    ],
    { x: 0, y: 0, width: 2, height: 1 },
  );
  expect([...tile]).toEqual([128, 0, 128, 255, 255, 0, 128, 255]);
});

test('a tile is the part that was asked for', () => {
  const picture = grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  const tile = copyTile(picture, { x: 1, y: 1, width: 2, height: 2 });
  expect([...tile].filter((_, i) => i % 4 === 0)).toEqual([5, 6, 8, 9]);
});

test('hematoxylin as light is dark where the picture is bright', () => {
  const plane: Raster = { data: Uint8Array.of(255, 255, 255, 60, 50, 100), width: 2, height: 1, channels: 3 };
  const layer = { isShown: true, low: 0, high: 255, colour: '#ffffff' };
  const tile = composeTile([{ plane, layer }], { x: 0, y: 0, width: 2, height: 1 });
  expect([...tile]).toEqual([0, 0, 0, 255, 185, 185, 185, 255]);
  expect([...densityHistogram(plane).keys()].filter((value) => densityHistogram(plane)[value] > 0)).toEqual([0, 185]);
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

test('the area of regions counts pixels by their centres, twice covered ones once', () => {
  const square = (from: number, to: number) =>
    [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
      [from, from],
    ] as [number, number][];
  expect(countRegionPixels({ include: [], exclude: [] }, 10, 8)).toBe(80);
  expect(countRegionPixels({ include: [[square(1, 4)], [square(2, 5)]], exclude: [] }, 10, 8)).toBe(9 + 9 - 4);
  expect(countRegionPixels({ include: [[square(0, 6), square(2, 4)]], exclude: [[square(-3, 1)]] }, 10, 8)).toBe(
    36 - 4 - 1,
  );
  expect(countRegionPixels({ include: [], exclude: [[square(0, 2.6)]] }, 10, 8)).toBe(80 - 9);
});

test('an address holds the view, and what is as at first is left out', () => {
  expect(writeView(INITIAL_VIEW)).toBe('');
  const view = readView('?view=swipe&layers=dapi,lap2&outlines=off&other=1');
  expect(view.mode).toBe('swipe');
  expect(Object.values(view.layers).map(({ isShown }) => isShown)).toEqual([false, true, true, false]);
  expect(writeView(view)).toBe('?view=swipe&layers=dapi,lap2&outlines=off');
  expect(readView('?view=nonsense')).toEqual(INITIAL_VIEW);
});

test('a window opens as far as the picture is bright, and not for noise', () => {
  const histogram = (bright: number) =>
    Uint32Array.from({ length: 256 }, (_, v) => (v === 0 ? 9000 : v === bright ? 1000 : 0));
  expect([autoHigh(histogram(180)), autoHigh(histogram(12))]).toEqual([180, 64]);
});
