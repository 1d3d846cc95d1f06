import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawTiff, long, short } from './__fixtures__/draw-tiff';
import { isInstalled } from './__fixtures__/drawn-slide';
import { readImage } from './__fixtures__/read-file';

afterAll(() => getReaders().stop());

/** The colours that `make_subsampled.py` draws. */
const SIDE = 16;
const COLOURS = [
  [200, 190, 220],
  [90, 60, 40],
  [30, 40, 120],
  [250, 250, 250],
  [120, 80, 60],
  [240, 230, 235],
  [10, 10, 10],
  [150, 120, 200],
];
const ACROSS = 4;
const tile = { width: ACROSS * SIDE, height: 2 * SIDE };

/** Tiles with the same codestream in each, in the form that Aperio writes. */
function drawTiles(name: string, count: number, compression: number): Buffer {
  const stream = readFileSync(join(import.meta.dirname, '__fixtures__', `subsampled-${name}.j2k`));
  const offsets = Array.from({ length: count }, () => 8);
  return drawTiff([
    {
      ...{ width: count * tile.width - 7, height: tile.height - 5, samples: 3, pixels: stream },
      tags: {
        259: short(compression),
        322: short(tile.width),
        323: short(tile.height),
        324: long(...offsets),
        325: long(...offsets.map(() => stream.length)),
      },
    },
  ]);
}

describe.skipIf(!isInstalled)('JPEG 2000 tiles whose colour has a lower resolution than their brightness', () => {
  it.each(['422', '420'])('of 4:2:2 and 4:2:0 are read in their colours: %s', async (name) => {
    const { raster } = await readImage(drawTiles(name, 2, 33003));
    expect([raster.width, raster.height]).toEqual([121, 27]);
    for (let block = 0; block < 2 * COLOURS.length; block++) {
      const column = block % (2 * ACROSS);
      const row = Math.floor(block / (2 * ACROSS));
      const colour = COLOURS[row * ACROSS + (column % ACROSS)]!;
      // At corners of blocks, too: a colour sample belongs to the pixels that it was made of.
      for (const [dx, dy] of [
        [0, 0],
        [7, 7],
        [SIDE - 8, SIDE - 6],
      ] as const) {
        const at = 3 * ((row * SIDE + dy) * raster.width + column * SIDE + dx);
        const pixel = [...raster.data.subarray(at, at + 3)];
        for (let c = 0; c < 3; c++)
          expect(Math.abs(pixel[c]! - colour[c]!), `${block}: ${pixel}`).toBeLessThanOrEqual(3);
      }
    }
  });

  it('are the same in a region across tiles as in the whole', async () => {
    const bytes = drawTiles('422', 2, 33003);
    const { raster: whole } = await readImage(bytes);
    const region = { x: 51, y: 3, width: 40, height: 20 };
    const { raster: part } = await readImage(bytes, { region });
    for (let y = 0; y < region.height; y++) {
      const from = 3 * ((y + region.y) * whole.width + region.x);
      expect(part.data.subarray(3 * y * 40, 3 * (y + 1) * 40)).toEqual(whole.data.subarray(from, from + 120));
    }
  });

  it('are refused by name where they are cut short', async () => {
    const bytes = drawTiles('422', 1, 33003);
    const end = bytes.indexOf(Buffer.from([0xff, 0xd9]));
    bytes.fill(0, 8 + 60, end);
    await expect(readImage(bytes)).rejects.toMatchObject({ code: 'unreadable_image' });
  });
});
