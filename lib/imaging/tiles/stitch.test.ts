import { describe, expect, it } from 'vitest';
import { raster } from '@/lib/imaging/raster';
import { planTiles, viewAt } from './plan-tiles';
import { fillTile, readTile, writeTile } from './stitch';

const OPTIONS = { size: 64, halo: 6, multiple: 4 };

/** A smooth picture: resampling there and back may only blur it a little. */
function waves(width: number, height: number) {
  const out = raster(new Uint8Array(width * height * 3), width, height, 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        out.data[(y * width + x) * 3 + c] = 128 + 80 * Math.sin(x / (20 + 5 * c)) * Math.cos(y / 23);
  return out;
}

const largestDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

describe('readTile and writeTile', () => {
  it('give the picture back exactly at the model resolution', () => {
    const image = waves(150, 97);
    const whole = raster(new Uint8Array(image.data.length), 150, 97, 3);
    for (const tile of planTiles(150, 97, 1, OPTIONS)) writeTile([{ output: readTile(image, tile), tile }], whole);
    expect(whole.data).toEqual(image.data);
  });

  it.each([0.5, 1.6, 2, 4])('give a smooth picture back within 5 grey levels at scale %d', (scale) => {
    const image = waves(150, 97);
    const whole = raster(new Uint8Array(image.data.length), 150, 97, 3);
    for (const tile of planTiles(150, 97, scale, OPTIONS)) writeTile([{ output: readTile(image, tile), tile }], whole);
    expect(largestDifference(whole.data, image.data)).toBeLessThanOrEqual(5);
  });

  it.each([1, 1.6, 2])('leave no seam: tiles of any size agree at scale %d', (scale) => {
    const image = waves(150, 97);
    const [small, large] = [OPTIONS, { ...OPTIONS, size: 1024 }].map((options) => {
      const whole = raster(new Uint8Array(image.data.length), 150, 97, 3);
      for (const tile of planTiles(150, 97, scale, options))
        writeTile([{ output: readTile(image, tile), tile }], whole);
      return whole.data;
    });
    expect(small).toEqual(large);
  });

  it('write the mean of views, half up, into what the tile owns', () => {
    const whole = raster(new Uint8Array(100 * 20 * 3), 100, 20, 3);
    const [first, second] = planTiles(100, 20, 1, OPTIONS);
    const flat = (tile: typeof first, level: number) => {
      const { width, height } = tile!.readRegion;
      return { tile: tile!, output: raster(new Uint8Array(width * height * 3).fill(level), width, height, 3) };
    };
    writeTile([flat(first, 10), flat(viewAt(first!, whole, 0.5, OPTIONS), 21)], whole);
    writeTile([flat(second, 255), flat(viewAt(second!, whole, 0.5, OPTIONS), 255), flat(second, 253)], whole);
    const edge = second!.writeRegion.x;
    for (let x = 0; x < 100; x++)
      expect(whole.data[x * 3]).toBe(x < edge ? 16 : x < edge + second!.writeRegion.width ? 254 : 0);
  });

  it.each([1, 2])('give a smooth picture back from two views, without a seam, at scale %d', (scale) => {
    const image = waves(150, 97);
    const [small, large] = [OPTIONS, { ...OPTIONS, size: 1024 }].map((options) => {
      const whole = raster(new Uint8Array(image.data.length), 150, 97, 3);
      for (const tile of planTiles(150, 97, scale, options)) {
        const views = [tile, viewAt(tile, image, 0.5, options)];
        writeTile(
          views.map((view) => ({ tile: view, output: readTile(image, view) })),
          whole,
        );
      }
      return whole.data;
    });
    expect(small).toEqual(large);
    expect(largestDifference(small!, image.data)).toBeLessThanOrEqual(5);
  });

  it('mirror a cut tile past the end of a shorter image, the pixel at each mirror twice', () => {
    const image = raster(Uint8Array.of(1, 2, 3, 4, 5, 6), 3, 2, 1);
    const [tile] = planTiles(3, 2, 1, { size: 8, halo: 1, multiple: 8, fixed: true });
    const { data, width } = readTile(image, tile!);
    const rows = Array.from({ length: 8 }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);
    const [first, second] = [
      [1, 2, 3, 3, 2, 1, 1, 2],
      [4, 5, 6, 6, 5, 4, 4, 5],
    ];
    expect(rows).toEqual([first, second, second, first, first, second, second, first]);
    const whole = raster(new Uint8Array(6), 3, 2, 1);
    writeTile([{ output: readTile(image, tile!), tile: tile! }], whole);
    expect(whole.data).toEqual(image.data);
  });

  it('scale a cut tile without a look at what lies around it', () => {
    const options = { size: 64, halo: 4, multiple: 64, fixed: true };
    const image = raster(new Uint8Array(80 * 30).fill(100), 80, 30, 1);
    const tiles = planTiles(80, 30, 2, options);
    for (let y = 0; y < 30; y++) image.data.fill(200, y * 80 + tiles[1]!.cutRegion!.x + 32, (y + 1) * 80);
    expect(new Set(readTile(image, tiles[1]!).data)).toEqual(new Set([100]));
  });

  it('fills only what the tile owns', () => {
    const [first, second] = planTiles(100, 20, 1, OPTIONS);
    const whole = raster(new Uint8Array(100 * 20 * 3), 100, 20, 3);
    fillTile([1, 2, 3], first!, whole);
    expect([...whole.data.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect(whole.data[second!.writeRegion.x * 3]).toBe(0);
  });
});
