import { expect, test } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { composeTile, copyTile, densityHistogram, windowTable } from './compose-tile';

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
