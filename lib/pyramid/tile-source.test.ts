import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { identifyContent } from '@/lib/server/readers/identify-content';
import { openSlide } from '@/lib/server/readers/open-slide';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import { drawGrain, drawSlide, type TileForm } from '@/lib/server/slides/__fixtures__/draw-slide';
import { pyramidHead } from '@/lib/server/slides/pyramid/pyramid-tiff';
import { writePyramid } from '@/lib/server/slides/pyramid/write-pyramid';
import { TileSource } from './tile-source';

const folder = mkdtempSync(join(tmpdir(), 'tile-source-test-'));
const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true, missing: [3] } as const;
let copy: Buffer;
/** With a tile that is cut short. */
let damaged: Buffer;

async function takeIn(form: TileForm): Promise<Buffer> {
  const path = join(folder, 'slide');
  writeFileSync(path, (await drawSlide(drawGrain(1035, 771), form)).file);
  const file = await openRandomAccess({ path });
  const open = await openSlide({ path });
  const source = { slide: open.choose({}), file, content: await identifyContent(file) };
  const pyramid = await writePyramid(source, folder, { signal: new AbortController().signal, onTiles: () => {} });
  const bytes = await buffer(pyramid.open());
  await open.close();
  await file.close();
  return bytes;
}

beforeAll(async () => {
  copy = await takeIn(form);
  damaged = await takeIn({ ...form, damaged: [5] });
});
afterAll(() => {
  getReaders().stop();
  rmSync(folder, { recursive: true });
});

/** Reads from memory, and counts. */
function readingFrom(bytes: Buffer) {
  const reads: [number, number][] = [];
  const read = async (offset: number, length: number) => {
    reads.push([offset, length]);
    const part = bytes.subarray(offset, offset + length);
    return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
  };
  return { reads, read };
}

describe('the tiles of a pyramid', () => {
  it('are those that another decoder finds, at every level and edge', async () => {
    const source = await TileSource.open(readingFrom(copy).read, copy.length);
    expect(source.levels.map(({ width, downsample }) => [width, downsample])).toEqual([
      [1035, 1],
      [518, 2],
      [258, 4],
      [129, 8],
      [64, 16],
    ]);
    for (const [index, level] of source.levels.entries()) {
      const whole = await sharp(copy, { page: index }).raw().toBuffer();
      for (let row = 0; row < level.rows; row++)
        for (let column = 0; column < level.columns; column++) {
          const jpeg = await source.tile(index, column, row);
          const { width, height } = level.tile;
          const pixels = await sharp(new Uint8Array(jpeg ?? new ArrayBuffer(0)))
            .raw()
            .toBuffer();
          expect(pixels.length).toBe(width * height * 3);
          const inside = Math.min(width, level.width - column * width) * 3;
          for (let y = 0; y < Math.min(height, level.height - row * height); y++) {
            const at = ((row * height + y) * level.width + column * width) * 3;
            const line = pixels.subarray(y * width * 3, y * width * 3 + inside);
            expect(line.equals(whole.subarray(at, at + inside)), `${index}: ${column}, ${row}`).toBe(true);
          }
        }
    }
  });

  it('that are damaged have no bytes', async () => {
    const source = await TileSource.open(readingFrom(damaged).read, damaged.length);
    expect(await source.tile(0, 5, 0)).toBeNull();
    expect((await source.tile(0, 6, 0))?.byteLength).toBeGreaterThan(600);
  });

  it('take one read to find, and one each', async () => {
    const { reads, read } = readingFrom(copy);
    const source = await TileSource.open(read, copy.length);
    expect(reads).toHaveLength(1);
    for (const [column, row] of [
      [0, 0],
      [16, 12],
      [8, 3],
    ] as const)
      await source.tile(0, column, row);
    expect(reads).toHaveLength(4);
    await expect(source.tile(0, 17, 0)).rejects.toThrow('no tile 17, 0 at level 0');
  });

  it('beyond 4 GB are found, with an index of megabytes of which a part is read', async () => {
    const columns = 400;
    const count = columns * columns;
    const level = { width: columns * 256, height: columns * 256, tile: { width: 256, height: 256 } };
    const offsets = Array.from({ length: count }, (_, i) => i * 30_000);
    const levels = [
      {
        ...level,
        colour: 'ycc' as const,
        sampling: [[1, 1] as const],
        offsets,
        counts: offsets.map((_, i) => 20_000 + i),
      },
    ];
    const tileBytes = count * 30_000;
    const head = pyramidHead(levels, { tileBytes, micronsPerPixel: 0.25, profile: null });
    const { reads, read } = readingFrom(head);
    const source = await TileSource.open(read, head.length + tileBytes);
    await source.tile(0, 399, 399);
    expect(reads.at(-1)).toEqual([head.length + (count - 1) * 30_000, 20_000 + count - 1]);
    expect(reads.reduce((sum, [, length]) => sum + Math.min(length, head.length), 0)).toBeLessThan(head.length / 4);
  });

  it('are asked for again after a failed read', async () => {
    const { read } = readingFrom(copy);
    let failures = 1;
    const failing = async (offset: number, length: number) => {
      if (failures-- > 0) throw new Error('lost');
      return read(offset, length);
    };
    await expect(TileSource.open(failing, copy.length)).rejects.toThrow('lost');
    expect((await TileSource.open(failing, copy.length)).levels).toHaveLength(5);
  });

  it('of another file are refused', async () => {
    const strips = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#fff' } })
      .tiff()
      .toBuffer();
    await expect(TileSource.open(readingFrom(strips).read, strips.length)).rejects.toMatchObject({
      code: 'unreadable_image',
    });
  });
});
