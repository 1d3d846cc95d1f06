import { mkdtempSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTiff } from '@/lib/server/readers/tiff/describe-tiff';
import { readTiffPages, TAG } from '@/lib/server/readers/tiff/tiff-tags';
import { drawRgb } from './__fixtures__/draw-tiff';
import { describeImage, openSource } from './__fixtures__/read-file';
import { openRandomAccess } from './random-access';

/** The smaller is just too large to be analysed whole. */
const SIZES: [side: number, tags: string[]][] = [
  [11_000, []],
  [20_000, ['long']],
];
const SCALE = 25;
const TILE = 256;
const MAX_RSS_BYTES = 1.5e9;
const MAX_THUMBNAIL_MS = 3000;

/** A pyramid: a small picture enlarged. */
function tryLargeSlide(side: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'slides-test-'));
  const path = join(folder, 'object');
  const small = { width: side / SCALE, height: side / SCALE };

  beforeAll(async () => {
    await sharp(drawRgb(small.width, small.height), { raw: { ...small, channels: 3 } })
      .resize(side, side, { kernel: 'nearest' })
      .withMetadata({ density: 50_800 })
      .tiff({ tile: true, pyramid: true, tileWidth: TILE, tileHeight: TILE, compression: 'jpeg', quality: 80 })
      .toFile(path);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('opens with its levels and its pixel size', async () => {
    const slide = await openSource({ path });
    expect(slide).toMatchObject({ reader: 'common', width: side, height: side });
    expect(slide.pixelSize).toEqual({ micronsPerPixel: 0.5, statedBy: 'TIFF resolution' });
    expect(slide.levels.slice(0, 4).map((level) => level.downsample)).toEqual([1, 2, 4, 8]);
    await slide.close();
  });

  it('shows a thumbnail soon', async () => {
    const started = performance.now();
    const slide = await openSource({ path });
    const downsample = side / 500;
    const thumbnail = await slide.readRegion({ x: 0, y: 0, width: side, height: side }, downsample);
    expect(performance.now() - started).toBeLessThan(MAX_THUMBNAIL_MS);
    expect(thumbnail).toMatchObject({ width: 500, height: 500 });
    await slide.close();
  });

  it('gives a region of 3,000 x 3,000 pixels without reading the rest', async () => {
    // On whole pixels of the small picture.
    const region = { x: (7 * side) / 20, y: (9 * side) / 20, width: 3000, height: 3000 };
    await spoilAllTilesBut(region);
    const slide = await openSource({ path });
    const part = await slide.readRegion(region, 1);
    expect(part).toMatchObject({ width: 3000, height: 3000 });
    const picture = drawRgb(small.width, small.height);
    let difference = 0;
    for (let y = SCALE / 2; y < 3000; y += SCALE)
      for (let x = SCALE / 2; x < 3000; x += SCALE) {
        const from = (Math.floor((region.y + y) / SCALE) * small.width + Math.floor((region.x + x) / SCALE)) * 3;
        const at = (Math.floor(y) * 3000 + Math.floor(x)) * 3;
        difference += Math.abs((part.data[at + 1] ?? Number.NaN) - (picture[from + 1] ?? Number.NaN));
      }
    // JPEG at quality 80 rounds. A spoiled or misplaced tile differs by dozens.
    expect(difference / (3000 / SCALE) ** 2).toBeLessThan(4);
    await expect(slide.readRegion({ ...region, x: 0 }, 1)).rejects.toMatchObject({ code: 'unreadable_image' });
    await slide.close();
  });

  it('is too large to be analysed whole, and the refusal says so', async () => {
    await expect(describeImage({ path })).rejects.toMatchObject({
      code: 'image_too_large',
      detail: expect.stringContaining(`${side} x ${side} = ${side ** 2}. Send a region of it.`),
    });
  });

  it('has taken less than 1.5 GB of memory in all this', () => {
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MAX_RSS_BYTES);
  });

  /** Overwrites every full-resolution tile that does not touch the region. */
  async function spoilAllTilesBut(region: { x: number; y: number; width: number; height: number }): Promise<void> {
    const reading = await openRandomAccess({ path });
    expect((await describeTiff(reading))?.levels.length).toBeGreaterThan(5);
    const [page] = (await readTiffPages(reading)) ?? [];
    const offsets = (await page?.numbers(TAG.tileOffsets)) ?? [];
    const counts = (await page?.numbers(TAG.tileByteCounts)) ?? [];
    await reading.close();
    const columns = Math.ceil(side / TILE);
    const file = await open(path, 'r+');
    for (const [i, offset] of offsets.entries()) {
      const [x, y] = [(i % columns) * TILE, Math.floor(i / columns) * TILE];
      const isApart =
        x + TILE <= region.x || y + TILE <= region.y || x >= region.x + region.width || y >= region.y + region.height;
      if (isApart) await file.write(Buffer.alloc(counts[i] ?? 0), 0, counts[i], offset);
    }
    await file.close();
    expect((await stat(path)).size).toBeGreaterThan(1e6);
  }
}

for (const [side, tags] of SIZES) describe(`a slide of ${side} x ${side} pixels`, { tags }, () => tryLargeSlide(side));
