import { expect, it } from 'vitest';
import type { PictureWindow } from '@/lib/imaging/raster';
import { type PictureTile, pasteTiles } from './picture-tiles';

const [WIDTH, HEIGHT, SIDE] = [11, 7, 4];
const at = (x: number, y: number, channel: number) => 1 + ((31 * x + 7 * y + 3 * channel) % 200);

/** Tiles of a picture, which go on past its right and lower edge. */
const tiles: PictureTile[] = [];
for (let y = 0; y < HEIGHT; y += SIDE)
  for (let x = 0; x < WIDTH; x += SIDE) {
    const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return at(x + (pixel % SIDE), y + Math.floor(pixel / SIDE), i % 3);
    });
    tiles.push({ data, region: { x, y, width: SIDE, height: SIDE } });
  }

function part(x: number, y: number, width: number, height: number): PictureWindow {
  const data = new Uint8Array(3 * width * height);
  return { data, width, height, channels: 3, place: { x, y, width: WIDTH, height: HEIGHT } };
}

it.each([
  [0, 0, WIDTH, HEIGHT],
  [3, 2, 6, 4],
  [5, 5, 1, 1],
])('a part at %d, %d of %d x %d pixels has those of its tiles', (x, y, width, height) => {
  const picture = part(x, y, width, height);
  pasteTiles(picture, tiles);
  const expected = Uint8Array.from(picture.data, (_, i) => {
    const pixel = Math.floor(i / 3);
    return at(x + (pixel % width), y + Math.floor(pixel / width), i % 3);
  });
  expect(picture.data).toEqual(expected);
});

it('a damaged tile is white, and what no tile covers stays as it is', () => {
  const picture = part(2, 0, 6, 2);
  pasteTiles(picture, [{ data: null, region: { x: 4, y: 0, width: SIDE, height: SIDE } }]);
  const row = [0, 0, 255, 255, 255, 255].flatMap((value) => [value, value, value]);
  expect([...picture.data]).toEqual([...row, ...row]);
});
