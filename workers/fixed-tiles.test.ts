import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedRaster } from '@/lib/imaging/raster';
import { planTiles } from '@/lib/imaging/tiles/plan-tiles';
import { ModelManifest } from '@/lib/models/manifest';
import { createPool, type Pool } from './pool';
import { inferTile, type ModelRef } from './protocol';

/** Written by `make_fixed_tiles.py`, which puts tiles over each other in NumPy. */
type AxisCase = { length: number; side: number; tiles: [start: number, from: number, length: number][] };
type Picture = { sha256: string } | { base64: string };
type PictureCase = {
  width: number;
  height: number;
  side: number;
  empty: [left: number, top: number, width: number, height: number][];
  segmentation: Picture;
  hematoxylin: Picture;
};
const golden: { axes: AxisCase[]; pictures: PictureCase[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../lib/imaging/__fixtures__/fixed-tiles.json'), 'utf8'),
);

const folder = join(import.meta.dirname, '__fixtures__/models-fixed/levelled');
const manifest = ModelManifest.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
const model: ModelRef = { folder, manifest, provider: 'cpu' };

/** The picture that `make_fixed_tiles.py` draws. */
function draw({ width, height, empty }: PictureCase) {
  const image = sharedRaster(width, height, 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) {
        const isGlass = empty.some(([left, top, w, h]) => x >= left && x < left + w && y >= top && y < top + h);
        image.data[(y * width + x) * 3 + c] = isGlass ? 240 : 20 + ((3 * x + 2 * y + 30 * c + ((x * y) >> 4)) % 151);
      }
  return image;
}

function expectPicture(data: Uint8Array, expected: Picture): void {
  if ('sha256' in expected) {
    expect(createHash('sha256').update(data).digest('hex')).toBe(expected.sha256);
    return;
  }
  const bytes = Buffer.from(expected.base64, 'base64');
  expect(data.length).toBe(bytes.length);
  let worst = 0;
  data.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - bytes[i]!));
  });
  // Both directions are rounded, and so is the tile's mean: at most one grey level each.
  expect(worst).toBeLessThanOrEqual(2);
}

describe('the grid of tiles of fixed size', () => {
  it.each(golden.axes)('cuts $length px into tiles of $side px as laying them one by one does', (axis) => {
    const { length, side, tiles } = axis;
    const options = { size: 512, halo: 32, multiple: 512, fixed: true };
    const across = planTiles(length, 1, 512 / side, options);
    const down = planTiles(1, length, 512 / side, options);
    expect(across.map(({ cutRegion, writeRegion: w }) => [cutRegion?.x, w.x, w.width])).toEqual(tiles);
    expect(down.map(({ cutRegion, writeRegion: w }) => [cutRegion?.y, w.y, w.height])).toEqual(tiles);
    for (const tile of [...across, ...down]) {
      expect(tile.cutRegion).toMatchObject({ width: side, height: side });
      expect(tile.readRegion).toEqual({ x: 0, y: 0, width: 512, height: 512 });
    }
  });
});

describe('a network that sees the whole tile', () => {
  let pool: Pool;
  beforeAll(() => {
    pool = createPool({ threads: 2, intraOpThreads: 1, maxQueue: 1000 });
  });
  afterAll(() => pool.close());

  it.each(golden.pictures)(
    'answers $width x $height px in tiles of $side px as laying them one by one does',
    async (c) => {
      const image = draw(c);
      const outputs = {
        segmentation: sharedRaster(c.width, c.height, 3),
        hematoxylin: sharedRaster(c.width, c.height, 3),
      };
      const plans = planTiles(c.width, c.height, manifest.tile.size / c.side, manifest.tile);
      const shared = { model, image, outputs, facts: { gains: null, staining: null }, skipGlass: true };
      const replies = await Promise.all(plans.map((tile) => pool.run(inferTile, { ...shared, tile })));
      expectPicture(outputs.segmentation.data, c.segmentation);
      expectPicture(outputs.hematoxylin.data, c.hematoxylin);
      expect(replies.some(({ isGlass }) => isGlass)).toBe(c.empty.length > 0);
    },
  );
});
