import { describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { intersect, type TileOptions } from './plan-tiles';
import { ownedBy, planSlideGrid, tileOfGrid, tilesIn } from './slide-grid';
import { readTile, sourceRegion, writeTile } from './stitch';

const OPTIONS: TileOptions = { size: 64, halo: 6, edgeHalo: 3, multiple: 4 };

/** Grain: every pixel differs from its neighbours. */
function drawGrain(width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) >>> 24;
  return { data, width, height, channels: 3 };
}

function cut(
  { data, width, height }: Raster,
  { x, y, ...size }: { x: number; y: number; width: number; height: number },
) {
  const part = new Uint8Array(3 * size.width * size.height);
  for (let row = 0; row < size.height; row++) {
    const at = 3 * ((y + row) * width + x);
    part.set(data.subarray(at, at + 3 * size.width), 3 * row * size.width);
  }
  return { data: part, ...size, channels: 3 as const, place: { x, y, width, height } };
}

describe('the grid of tiles of a slide', () => {
  // Model pixels per image pixel, and the side that tiles then have.
  it.each([
    [1, 48],
    [0.5, 96],
    [2, 24],
    [4, 12],
    [1.0092, 43],
    [0.9, 48],
    [3.7, 11],
  ])('has tiles that are no larger than the network takes, at scale %f', (scale, side) => {
    const grid = planSlideGrid(731, 517, scale, OPTIONS);
    expect(grid.side).toBe(side);
    let owned = 0;
    for (let row = 0; row < grid.rows; row++)
      for (let column = 0; column < grid.columns; column++) {
        const { readRegion, writeRegion } = tileOfGrid(grid, column, row);
        expect(readRegion.width).toBeLessThanOrEqual(OPTIONS.size);
        expect(readRegion.height).toBeLessThanOrEqual(OPTIONS.size);
        for (const value of Object.values(readRegion)) expect(Math.abs(value % OPTIONS.multiple)).toBe(0);
        expect(writeRegion).toEqual(ownedBy(grid, column, row));
        expect([writeRegion.x, writeRegion.y]).toEqual([column * side, row * side]);
        owned += writeRegion.width * writeRegion.height;
      }
    expect(owned).toBe(731 * 517);
  });

  it('has the same tiles in a slide of any size, but for those at its right and lower edge', () => {
    const small = planSlideGrid(300, 300, 1.3, OPTIONS);
    const large = planSlideGrid(5000, 4000, 1.3, OPTIONS);
    expect(tileOfGrid(small, 2, 3)).toEqual(tileOfGrid(large, 2, 3));
  });

  it('finds the tiles of a region', () => {
    const grid = planSlideGrid(731, 517, 1, OPTIONS);
    const tiles = (x: number, y: number, width: number, height: number) => tilesIn(grid, { x, y, width, height });
    expect(tiles(0, 0, 48, 49)).toEqual({ columns: { from: 0, to: 1 }, rows: { from: 0, to: 2 } });
    expect(tiles(700, 500, 999, 999)).toEqual({ columns: { from: 14, to: 16 }, rows: { from: 10, to: 11 } });
  });

  it('is not there for tiles of fixed size, and for those that a halo fills', () => {
    expect(() => planSlideGrid(100, 100, 1, { ...OPTIONS, fixed: true })).toThrow(/fixed/);
    expect(() => planSlideGrid(100, 100, 80, OPTIONS)).toThrow(/halo of 6 px/);
  });
});

describe('a tile read from a part of a picture', () => {
  const picture = drawGrain(211, 187);
  const whole = { x: 0, y: 0, width: 211, height: 187 };

  it.each([1, 0.5, 2, 1.0092, 0.7])('is that of the whole picture to the byte, at scale %f', (scale) => {
    const grid = planSlideGrid(211, 187, scale, OPTIONS);
    for (let row = 0; row < grid.rows; row++)
      for (let column = 0; column < grid.columns; column++) {
        const tile = tileOfGrid(grid, column, row);
        const needed = sourceRegion(tile, picture);
        const expected = readTile(picture, tile);
        for (const more of [0, 5]) {
          const wider = {
            x: needed.x - more,
            y: needed.y - more,
            width: needed.width + 2 * more,
            height: needed.height + 2 * more,
          };
          const part = cut(picture, intersect(wider, whole) as typeof wider);
          expect(Buffer.compare(readTile(part, tile).data, expected.data), `${column}, ${row}`).toBe(0);
        }
        const less = { ...needed, width: needed.width - 1 };
        expect(() => readTile(cut(picture, less), tile)).toThrow(RangeError);
      }
  });

  it.each([1, 0.5, 2, 1.0092])('is written into a part as into the whole, at scale %f', (scale) => {
    const grid = planSlideGrid(211, 187, scale, OPTIONS);
    const inWhole: Raster = { ...picture, data: new Uint8Array(picture.data.length) };
    const tiles = Array.from({ length: grid.rows * grid.columns }, (_, n) =>
      tileOfGrid(grid, n % grid.columns, Math.floor(n / grid.columns)),
    );
    for (const tile of tiles) writeTile([{ output: readTile(picture, tile), tile }], inWhole);
    for (const tile of tiles) {
      const { x, y, width, height } = tile.writeRegion;
      const part = {
        data: new Uint8Array(3 * width * height),
        width,
        height,
        channels: 3 as const,
        place: { ...whole, x, y },
      };
      writeTile([{ output: readTile(picture, tile), tile }], part);
      expect(Buffer.compare(part.data, cut(inWhole, tile.writeRegion).data)).toBe(0);
    }
  });
});
