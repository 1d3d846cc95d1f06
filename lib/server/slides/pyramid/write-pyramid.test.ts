import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { bytes, drawTiff, long, short } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { identifyContent } from '@/lib/server/readers/identify-content';
import { openSlide } from '@/lib/server/readers/open-slide';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import { readTiffPages, TAG } from '@/lib/server/readers/tiff/tiff-tags';
import { drawGrain, drawSlide, PLANTED, type TileForm } from '@/lib/server/slides/__fixtures__/draw-slide';
import { JPEG_QUALITY } from './build-levels';
import { halve } from './halve';
import { writePyramid } from './write-pyramid';

const folder = mkdtempSync(join(tmpdir(), 'pyramid-test-'));
afterAll(() => {
  getReaders().stop();
  rmSync(folder, { recursive: true });
});

let count = 0;
const never = new AbortController().signal;

async function take(bytes: Buffer, watch: Partial<Parameters<typeof writePyramid>[2]> = {}) {
  const path = join(folder, `slide-${count++}`);
  writeFileSync(path, bytes);
  const file = await openRandomAccess({ path });
  const open = await openSlide({ path });
  try {
    const source = { slide: open.choose({}), file, content: await identifyContent(file) };
    const pyramid = await writePyramid(source, folder, { signal: never, onTiles: () => {}, ...watch });
    const copy = await buffer(pyramid.open());
    expect(copy.length).toBe(pyramid.bytes);
    return { pyramid, copy };
  } finally {
    await open.close();
    await file.close();
  }
}

/** A page as libtiff decodes it. */
const decoded = (tiff: Buffer, page: number) =>
  sharp(tiff, { page, limitInputPixels: false }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });

function meanError(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  return one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? 0)), 0) / one.length;
}

/** What JPEG of our quality changes of a picture that is encoded whole. */
async function lossOf(pixels: Buffer, { width, height }: { width: number; height: number }): Promise<number> {
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return meanError(await sharp(jpeg).raw().toBuffer(), pixels);
}

const rgbForm: TileForm = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true };
const yccForm: TileForm = { side: 64, colour: 'ycc', sampling: '4:2:0', hasTables: false };

describe('a slide whose tiles are JPEG', () => {
  it.each([
    ['RGB with tables', rgbForm],
    ['RGB, each tile with its own tables', { ...rgbForm, hasTables: false }],
    ['YCbCr, subsampled, with tables', { ...yccForm, hasTables: true }],
    ['YCbCr, subsampled, each tile with its own tables', yccForm],
    ['YCbCr, not subsampled', { ...yccForm, sampling: '4:4:4' as const }],
  ])('is copied tile by tile: %s, odd edges, levels 1:4:16', async (_, form) => {
    const { file } = await drawSlide(drawGrain(1035, 771), form);
    const { pyramid, copy } = await take(file);
    expect(pyramid.isPassed).toBe(true);
    const sizes = pyramid.levels.map(({ width, height }) => `${width}x${height}`);
    expect(sizes).toEqual(['1035x771', '518x386', '258x192', '129x96', '64x48']);
    for (const [stored, page] of [
      [0, 0],
      [1, 2],
      [2, 4],
    ] as const) {
      const [before, after] = [await decoded(file, stored), await decoded(copy, page)];
      expect(after.data).toEqual(before.data);
    }
  });

  it('gets the levels that are missing, as means of two by two', async () => {
    const { file } = await drawSlide(drawGrain(1035, 771), rgbForm);
    const { copy } = await take(file);
    for (const [finer, coarser] of [
      [0, 1],
      [2, 3],
    ] as const) {
      const { data, info } = await decoded(copy, finer);
      const expected = halve({ data, width: info.width, height: info.height });
      const level = await decoded(copy, coarser);
      expect([level.info.width, level.info.height]).toEqual([expected.width, expected.height]);
      const means = Buffer.from(expected.data);
      expect(meanError(level.data, means)).toBeLessThan(1.1 * (await lossOf(means, level.info)));
    }
  });

  it.each([
    ['RGB', { ...rgbForm, isPlanted: true }],
    ['YCbCr', { ...yccForm, isPlanted: true, hasTables: true }],
  ])('leaves texts, side pictures and markers behind: %s', async (_, form) => {
    const profile = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const icc = (await sharp(profile).metadata()).icc ?? Buffer.alloc(0);
    const named = Buffer.from(icc);
    // Where a profile states its maker, device, creator and ID.
    named.write(PLANTED.slice(0, 4), 48, 'latin1');
    named.write(PLANTED, 84, 'latin1');
    const at = named.indexOf('cprt');
    named.write(PLANTED, named.readUInt32BE(at + 4) + 8, 'latin1');
    const { file } = await drawSlide(drawGrain(300, 200), form, { profile: named });
    expect(file.toString('latin1').split(PLANTED).length).toBeGreaterThan(200);
    const { pyramid, copy } = await take(file);
    expect([pyramid.isPassed, pyramid.profile]).toEqual([true, 'kept']);
    const content = copy.toString('latin1');
    for (const trace of [PLANTED, 'PATI', 'Aperio', 'Exif', '2026:11:29', 'label', 'macro', 'xmpmeta'])
      expect(content.includes(trace), trace).toBe(false);
    // Of the markers for applications, only our own is there.
    for (const level of pyramid.levels)
      for (const [i, start] of level.offsets.entries()) {
        const from = copy.length - (pyramid.bytes - headBytes(pyramid, copy)) + start;
        const tile = copy.subarray(from, from + (level.counts[i] ?? 0));
        expect(tile.subarray(0, 13).toString('latin1')).toBe('\xff\xd8\xff\xee\0\x0eAdobe\0\x64');
      }
    const kept = await (await readTiffPages(await openRandomAccess(copy)))?.[0]?.bytes(TAG.iccProfile);
    expect((await sharp(profile).metadata()).hasProfile).toBe(true);
    expect(kept?.toString('latin1', 16, 20)).toBe('RGB ');
  });

  it('shows missing tiles white in every reader, and counts damaged ones', async () => {
    const form = { ...rgbForm, missing: [0, 1], damaged: [7] };
    const { file } = await drawSlide(drawGrain(640, 320), form, { steps: [1] });
    const { pyramid, copy } = await take(file);
    expect(pyramid.isPassed).toBe(true);
    expect(pyramid.damaged).toEqual([{ column: 7, row: 0 }]);
    const { data, info } = await decoded(copy, 0).catch(() => decodedPart(copy, 256));
    expect(info.width).toBeGreaterThanOrEqual(256);
    for (let x = 0; x < 128; x++) expect([...data.subarray(x * 3, x * 3 + 3)]).toEqual([255, 255, 255]);
  });

  it('is no larger in the copy where its tiles share their bytes', async () => {
    const { file } = await drawSlide(drawGrain(64, 64), rgbForm, { steps: [1] });
    const [page] = (await readTiffPages(await openRandomAccess(file))) ?? [];
    const count = await page?.number(TAG.tileByteCounts, 0);
    const jpeg = file.subarray(8, 8 + (count ?? 0));
    const side = 30;
    const shared = drawTiff([
      {
        ...{ width: 64 * side, height: 64 * side, samples: 3, pixels: jpeg },
        tags: {
          ...{ 259: short(7), 322: short(64), 323: short(64) },
          324: long(...Array<number>(side * side).fill(8)),
          325: long(...Array<number>(side * side).fill(jpeg.length)),
          347: bytes((await page?.bytes(TAG.jpegTables)) ?? Buffer.alloc(0)),
        },
      },
    ]);
    const { pyramid } = await take(shared);
    expect(pyramid.isPassed).toBe(true);
    expect(new Set(pyramid.levels[0]?.offsets).size).toBe(1);
  });

  it('is refused where more than a tenth of it is damaged', async () => {
    const form = { ...rgbForm, damaged: [0, 1, 2, 3, 4, 5] };
    const { file } = await drawSlide(drawGrain(640, 320), form, { steps: [1] });
    await expect(take(file)).rejects.toMatchObject({
      code: 'unreadable_image',
      detail: expect.stringMatching(/6 of its 50 tiles/),
    });
  });

  it('stops between tiles when it is cancelled', async () => {
    const { file } = await drawSlide(drawGrain(1035, 771), rgbForm);
    const abort = new AbortController();
    const onTiles = (done: number) => done === 40 && abort.abort(new Error('stop'));
    await expect(take(file, { signal: abort.signal, onTiles })).rejects.toThrow('stop');
  });

  it('tells its progress in tiles', async () => {
    const { file } = await drawSlide(drawGrain(1035, 771), rgbForm);
    const seen: string[] = [];
    const { pyramid } = await take(file, { onTiles: (done, all) => seen.push(`${done} of ${all}`) });
    const all = pyramid.levels.reduce((sum, { counts }) => sum + counts.length, 0);
    expect(seen).toEqual(Array.from({ length: all }, (_, i) => `${i + 1} of ${all}`));
  });
});

const decodedPart = (tiff: Buffer, width: number) =>
  sharp(tiff, { failOn: 'none' })
    .extract({ left: 0, top: 0, width, height: 64 })
    .raw()
    .toBuffer({ resolveWithObject: true });

/** Bytes before the first tile. */
function headBytes(pyramid: Awaited<ReturnType<typeof take>>['pyramid'], _: Buffer): number {
  const tiles = pyramid.levels.flatMap(({ offsets, counts }) => offsets.map((at, i) => at + (counts[i] ?? 0)));
  return pyramid.bytes - Math.max(...tiles);
}

describe('any other picture', () => {
  it.each([
    ['PNG', (image: Sharp) => image.png()],
    ['tiled TIFF without JPEG', (image: Sharp) => image.tiff({ tile: true, compression: 'lzw' })],
  ])('is written anew: %s', async (_, encode) => {
    const { width, height, pixels } = drawGrain(1300, 1111);
    const bytes = await encode(sharp(pixels, { raw: { width, height, channels: 3 } })).toBuffer();
    const { pyramid, copy } = await take(bytes);
    expect(pyramid.isPassed).toBe(false);
    expect(pyramid.levels.map((level) => `${level.width}x${level.height}`)).toEqual([
      '1300x1111',
      '650x556',
      '325x278',
    ]);
    const { data } = await decoded(copy, 0);
    expect(meanError(data, pixels)).toBeLessThan(1.02 * (await lossOf(pixels, { width, height })));
  });

  it('of one tile has one level', async () => {
    const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c080a0' } })
      .png()
      .toBuffer();
    const { pyramid, copy } = await take(bytes);
    expect(pyramid.levels).toHaveLength(1);
    expect((await decoded(copy, 0)).info).toMatchObject({ width: 40, height: 30 });
  });
});

describe('a copy of more than 4 GB', () => {
  it('is a BigTIFF, and its offsets are exact', async () => {
    const { pyramidHead } = await import('./pyramid-tiff');
    const level = {
      width: 1000,
      height: 500,
      tile: { width: 512, height: 512 },
      colour: 'ycc',
      sampling: [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
    } as const;
    const levels = [{ ...level, offsets: [0, 5_000_000_000], counts: [10, 20] }];
    const head = pyramidHead(levels, { tileBytes: 5_000_000_020, micronsPerPixel: 0.25, profile: null });
    const [page] = (await readTiffPages(await openRandomAccess(head))) ?? [];
    expect(head.toString('latin1', 0, 3)).toBe('II+');
    expect(await page?.numbers(TAG.tileOffsets)).toEqual([head.length, head.length + 5_000_000_000]);
    expect(await page?.numbers(TAG.tileByteCounts)).toEqual([10, 20]);
    expect(await page?.numbers(TAG.xResolution)).toEqual([40_000]);
    expect(await page?.numbers(TAG.yCbCrSubsampling)).toEqual([2, 2]);
  });
});

it('leaves nothing of an earlier try in the folder', async () => {
  const { file } = await drawSlide(drawGrain(300, 200), yccForm);
  await take(file);
  const { pyramid } = await take(file);
  expect(readFileSync(join(folder, 'tiles')).length).toBeLessThan(pyramid.bytes);
});
