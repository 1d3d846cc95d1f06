import { describe, expect, it } from 'vitest';
import { planTiles, viewAt } from './plan-tiles';

const OPTIONS = { size: 256, halo: 20, multiple: 16 };
const FIXED = { ...OPTIONS, multiple: 256, fixed: true };
const IMAGE = { width: 1000, height: 700 };
const SIZES = [
  [1, 1],
  [7, 300],
  [256, 256],
  [999, 1003],
] as const;

describe('planTiles', () => {
  it.each(SIZES)('gives every pixel of %i x %i to exactly one tile', (width, height) => {
    for (const scale of [0.4, 1, 2, 4]) {
      const owners = new Uint8Array(width * height);
      for (const { writeRegion: r } of planTiles(width, height, scale, OPTIONS))
        for (let y = r.y; y < r.y + r.height; y++) for (let x = r.x; x < r.x + r.width; x++) owners[y * width + x]++;
      expect(owners.every((count) => count === 1)).toBe(true);
    }
  });

  it.each([0.4, 0.97, 1, 2, 4])(
    'reads the write region and its halo in the phase of the network at scale %d',
    (scale) => {
      for (const { readRegion: read, writeRegion: write } of planTiles(1000, 700, scale, OPTIONS)) {
        for (const [start, length, from, size] of [
          [write.x, write.width, read.x, read.width],
          [write.y, write.height, read.y, read.height],
        ] as const) {
          expect(from).toBeLessThanOrEqual(start * scale - OPTIONS.halo);
          expect(from + size).toBeGreaterThanOrEqual((start + length) * scale + OPTIONS.halo);
          expect(Math.abs(from % OPTIONS.multiple)).toBe(0);
          expect(size % OPTIONS.multiple).toBe(0);
        }
        expect(read.width * read.height).toBeLessThanOrEqual(OPTIONS.size ** 2);
      }
    },
  );

  it.each([0.4, 1, 2])('reads as much around a tile seen at half size, at scale %d', (scale) => {
    for (const tile of planTiles(IMAGE.width, IMAGE.height, scale, OPTIONS)) {
      const { readRegion: read, writeRegion: write, modelPerImagePixel } = viewAt(tile, IMAGE, 0.5, OPTIONS);
      expect(write).toEqual(tile.writeRegion);
      expect(modelPerImagePixel).toBe(scale / 2);
      for (const [start, length, from, size] of [
        [write.x, write.width, read.x, read.width],
        [write.y, write.height, read.y, read.height],
      ] as const) {
        expect(from).toBeLessThanOrEqual((start * scale) / 2 - OPTIONS.halo);
        expect(from + size).toBeGreaterThanOrEqual(((start + length) * scale) / 2 + OPTIONS.halo);
        expect(Math.abs(from % OPTIONS.multiple)).toBe(0);
        expect(size % OPTIONS.multiple).toBe(0);
      }
      expect(read.width * read.height).toBeLessThanOrEqual(OPTIONS.size ** 2);
    }
  });

  it.each([0.4, 1, 2])('reads no further past the image than it is told, in every view, at scale %d', (scale) => {
    const options = { ...OPTIONS, edgeHalo: 8 };
    const beyond = (end: number) => Math.ceil((Math.ceil(end) + 8) / 16) * 16;
    for (const tile of planTiles(IMAGE.width, IMAGE.height, scale, options))
      for (const { readRegion: read, writeRegion: write, modelPerImagePixel: s } of [
        tile,
        viewAt(tile, IMAGE, 0.5, options),
      ])
        for (const [start, length, whole, from, size] of [
          [write.x, write.width, IMAGE.width, read.x, read.width],
          [write.y, write.height, IMAGE.height, read.y, read.height],
        ] as const) {
          expect(from).toBeLessThanOrEqual(Math.max(start * s - options.halo, -8));
          expect(from).toBeGreaterThanOrEqual(-16);
          expect(from + size).toBeGreaterThanOrEqual(Math.min((start + length) * s + options.halo, whole * s + 8));
          expect(from + size).toBeLessThanOrEqual(beyond(whole * s));
          expect(size % options.multiple).toBe(0);
        }
  });

  it('takes a small image in one tile no larger than it needs', () => {
    expect(planTiles(10, 10, 1, OPTIONS)).toEqual([
      {
        readRegion: { x: -32, y: -32, width: 64, height: 64 },
        writeRegion: { x: 0, y: 0, width: 10, height: 10 },
        modelPerImagePixel: 1,
      },
    ]);
  });

  it.each([
    [100, 100],
    [216, 216],
    [1200, 90],
    [90, 1200],
    [864, 864],
    [3000, 2000],
  ] as const)('cuts %i x %i so that no other grid of tiles reads less, but for an odd one', (width, height) => {
    const { size, halo } = OPTIONS;
    const [along, down] = [width, height].map((length) => (parts: number) => Math.ceil(length / parts) + 2 * halo);
    let least = Number.POSITIVE_INFINITY;
    for (let columns = 1; columns <= 40; columns++)
      for (let rows = 1; rows <= 40; rows++)
        if (along!(columns) * down!(rows) <= size ** 2)
          least = Math.min(least, (width + 2 * halo * columns) * (height + 2 * halo * rows));
    const tiles = planTiles(width, height, 1, { ...OPTIONS, multiple: 1 });
    const read = tiles.reduce((sum, { readRegion: r }) => sum + r.width * r.height, 0);
    expect(read).toBeGreaterThanOrEqual(least);
    expect(read).toBeLessThanOrEqual(least * (1 + 0.25 / (tiles.length - 1 || 1)));
  });

  it('gives two threads half of an image each where the halo costs little, and not where it costs much', () => {
    expect(planTiles(216, 216, 1, OPTIONS)).toHaveLength(2);
    expect(planTiles(100, 100, 1, OPTIONS)).toHaveLength(1);
  });

  it.each(SIZES)('gives every pixel of %i x %i to exactly one tile of fixed size', (width, height) => {
    for (const scale of [0.4, 1, 2.03, 4]) {
      const owners = new Uint8Array(width * height);
      for (const { writeRegion: r } of planTiles(width, height, scale, FIXED))
        for (let y = r.y; y < r.y + r.height; y++) for (let x = r.x; x < r.x + r.width; x++) owners[y * width + x]++;
      expect(owners.every((count) => count === 1)).toBe(true);
    }
  });

  // That the grid is that of DeepLIIF is held in `workers/fixed-tiles.test.ts`.
  it.each([0.4, 0.97, 1, 2.03, 4])(
    'reads tiles of fixed size that hold what they write, and the overlap towards every neighbour, at scale %d',
    (scale) => {
      for (const tile of planTiles(IMAGE.width, IMAGE.height, scale, FIXED)) {
        const { readRegion, writeRegion: write, cutRegion: cut } = tile;
        expect(readRegion).toEqual({ x: 0, y: 0, width: 256, height: 256 });
        const side = Math.round(256 / scale);
        expect(cut).toMatchObject({ width: side, height: side });
        expect(tile.modelPerImagePixel).toBe(256 / side);
        const overlap = Math.floor((side * FIXED.halo) / 256);
        for (const [start, length, from, whole] of [
          [write.x, write.width, cut!.x, IMAGE.width],
          [write.y, write.height, cut!.y, IMAGE.height],
        ] as const) {
          expect(from).toBeLessThanOrEqual(start === 0 ? 0 : start - overlap);
          expect(from + side).toBeGreaterThanOrEqual(start + length + (start + length < whole ? overlap : 0));
        }
      }
    },
  );

  it('cuts a tile of fixed size past the end of an image that is shorter, and never past that of a longer one', () => {
    expect(planTiles(256, 200, 1, FIXED).map((tile) => tile.cutRegion)).toEqual([
      { x: 0, y: 0, width: 256, height: 256 },
    ]);
    for (const { cutRegion } of planTiles(999, 256, 1, FIXED)) {
      expect(cutRegion!.x).toBeGreaterThanOrEqual(0);
      expect(cutRegion!.x + 256).toBeLessThanOrEqual(999);
    }
  });

  it('refuses a scale at which a tile holds less than one image pixel', () => {
    for (const options of [OPTIONS, FIXED])
      expect(() => planTiles(10, 10, 300, options)).toThrow('leaves nothing to write');
  });
});
