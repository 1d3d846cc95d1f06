import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { TileSource } from '@/lib/pyramid/tile-source';
import { identifyContent } from '@/lib/server/readers/identify-content';
import { openSlide } from '@/lib/server/readers/open-slide';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import { type PyramidLevel, pyramidHead } from './pyramid/pyramid-tiff';
import { writePyramid } from './pyramid/write-pyramid';

const SIDE = 100_000;
const TILE = 256;
const KINDS = 32;
const NEEDED_BYTES = 12e9;
const folder = mkdtempSync(join(tmpdir(), 'large-slide-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Grain that JPEG cannot make small. */
async function drawTiles(): Promise<Buffer[]> {
  let state = 7;
  const tiles: Buffer[] = [];
  for (let kind = 0; kind < KINDS; kind++) {
    const pixels = Buffer.alloc(TILE * TILE * 3);
    for (let i = 0; i < pixels.length; i += 3) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const value = 120 + (state >>> 26) + kind;
      pixels.set([value, value - 30, value + 10], i);
    }
    const drawn = sharp(pixels, { raw: { width: TILE, height: TILE, channels: 3 } });
    tiles.push(await drawn.jpeg({ quality: 80 }).toBuffer());
  }
  return tiles;
}

/** A BigTIFF of 10 gigapixels with all its levels. @returns the kind of each tile of the full resolution */
async function drawLarge(path: string, tiles: readonly Buffer[]): Promise<number[]> {
  const levels: PyramidLevel[] = [];
  const kinds: number[][] = [];
  let bytes = 0;
  for (let side = SIDE; ; side = Math.ceil(side / 2)) {
    const count = Math.ceil(side / TILE) ** 2;
    const drawn = Array.from({ length: count }, (_, i) => (i * 7 + (i >> 8)) % KINDS);
    const counts = drawn.map((kind) => tiles[kind]?.length ?? 0);
    const offsets = counts.map((length) => {
      bytes += length;
      return bytes - length;
    });
    const size = { width: side, height: side, tile: { width: TILE, height: TILE } };
    levels.push({
      ...size,
      colour: 'ycc',
      sampling: [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      offsets,
      counts,
    });
    kinds.push(drawn);
    if (side <= TILE) break;
  }
  const file = await open(path, 'w');
  await file.write(pyramidHead(levels, { tileBytes: bytes, micronsPerPixel: 0.25, profile: null }));
  for (const drawn of kinds)
    for (let from = 0; from < drawn.length; from += 1024)
      await file.write(Buffer.concat(drawn.slice(from, from + 1024).map((kind) => tiles[kind] ?? Buffer.alloc(0))));
  await file.close();
  return kinds[0] ?? [];
}

it('of 10 gigapixels and more than 4 GB is copied in less than 1 GB of memory, tile by tile', {
  tags: ['long'],
  timeout: 900_000,
}, async (context) => {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < NEEDED_BYTES) return context.skip(`needs ${NEEDED_BYTES} bytes of disk`);
  const tiles = await drawTiles();
  const path = join(folder, 'large.tif');
  const kinds = await drawLarge(path, tiles);
  const file = await openRandomAccess({ path });
  expect(file.size).toBeGreaterThan(2 ** 32);
  const slide = await openSlide({ path });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 50);
  const source = { slide: slide.choose({}), file, content: await identifyContent(file) };
  const started = process.cpuUsage();
  const pyramid = await writePyramid(source, folder, { signal: new AbortController().signal, onTiles: () => {} });
  const { user, system } = process.cpuUsage(started);
  clearInterval(watch);
  console.log(`${((user + system) / 1e6).toFixed(0)} s of processor time, ${Math.round(most / 1e6)} MB at most`);
  expect(pyramid).toMatchObject({ isPassed: true, damaged: [] });
  expect(pyramid.bytes).toBeGreaterThan(2 ** 32);
  expect(most).toBeLessThan(1e9);
  // The head comes with the copy, the tiles lie in the folder.
  const [head] = await pyramid.open().take(1).toArray();
  const stored = await openRandomAccess({ path: join(folder, 'tiles') });
  const copy = await TileSource.open(async (offset, length) => {
    const part =
      offset + length <= head.length
        ? head.subarray(offset, offset + length)
        : Buffer.concat([head.subarray(offset), await stored.read(Math.max(0, offset - head.length), length)]);
    return new Uint8Array(part.subarray(0, length)).buffer as ArrayBuffer;
  }, pyramid.bytes);
  const across = Math.ceil(SIDE / TILE);
  for (const [column, row] of [
    [0, 0],
    [across - 1, across - 1],
    [7, 301],
  ] as const) {
    const jpeg = await copy.tile(0, column, row);
    const expected = await sharp(tiles[kinds[row * across + column] ?? 0])
      .raw()
      .toBuffer();
    expect(
      await sharp(Buffer.from(new Uint8Array(jpeg ?? new ArrayBuffer(0))))
        .raw()
        .toBuffer(),
    ).toEqual(expected);
  }
  await slide.close();
  for (const one of [file, stored]) await one.close();
});
