import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { drawTiff } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { HEIGHT, isInstalled, ome, page, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { readerPids } from './__fixtures__/hold-reader';
import { readImage } from './__fixtures__/read-file';
import { watchTemp } from './__fixtures__/watch-temp';
import { openSlide } from './open-slide';
import { ImageFile } from './read-image';
import { getSharedSlides, SharedSlides } from './shared-slides';
import type { OpenSlide } from './slide-source';

const temp = watchTemp();
const folder = mkdtempSync(join(tmpdir(), 'shared-slides-test-'));
const path = join(folder, 'slide.tif');
const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
const pixelsOf = async (slide: OpenSlide) => Buffer.from((await slide.choose({}).readRegion(whole, 1)).data);
/** How many times this process has the file open. */
const timesOpen = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

afterEach(() => getSharedSlides().closeAll());
afterAll(async () => {
  getReaders().stop();
  await rm(folder, { recursive: true });
});

describe.skipIf(process.platform !== 'linux')('an open slide', () => {
  const slides = new SharedSlides();
  const open = () => openSlide({ path });

  it('is opened once for all who come while it is read, and stays open when they have left', async () => {
    await writeFile(path, drawTiff([page()]));
    const seen = new Set<OpenSlide>();
    const read = (slide: OpenSlide) => {
      seen.add(slide);
      return pixelsOf(slide);
    };
    const both = await Promise.all([slides.use('a', open, read), slides.use('a', open, read)]);
    both.push(await slides.use('a', open, read));
    expect(both.every((pixels) => pixels.equals(rgb))).toBe(true);
    expect([seen.size, timesOpen()]).toEqual([1, 1]);
    await slides.close('a');
    expect(timesOpen()).toBe(0);
  });

  it('is closed by its last reader when it was to be closed meanwhile; who comes then opens another', async () => {
    let finish = () => {};
    const first = slides.use('a', open, async (slide) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return pixelsOf(slide);
    });
    await vi.waitFor(() => expect(timesOpen()).toBe(1));
    await slides.close('a');
    await slides.use('a', open, async () => expect(timesOpen()).toBe(2));
    await slides.close('a');
    expect(timesOpen()).toBe(1);
    finish();
    expect((await first).equals(rgb)).toBe(true);
    expect(timesOpen()).toBe(0);
  });

  it('is let go by a reader that fails, and one that does not open is tried again', async () => {
    const failing = slides.use('a', open, async () => {
      throw new Error('no use');
    });
    await expect(failing).rejects.toThrow('no use');
    await slides.close('a');
    expect(timesOpen()).toBe(0);
    const missing = () => openSlide({ path: `${path}.gone` });
    const both = [slides.use('b', missing, pixelsOf), slides.use('b', missing, pixelsOf)];
    for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected');
    expect((await slides.use('b', open, pixelsOf)).equals(rgb)).toBe(true);
    await slides.closeAll();
    expect(timesOpen()).toBe(0);
  });

  it('is closed when nobody has read it for five minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await slides.use('a', open, pixelsOf);
      vi.advanceTimersByTime(4 * 60_000);
      await slides.use('a', open, pixelsOf);
      vi.advanceTimersByTime(4 * 60_000);
      expect(timesOpen()).toBe(1);
      vi.advanceTimersByTime(60_000);
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(() => expect(timesOpen()).toBe(0));
  });

  it('is closed, the longest idle first, when the temporary folder lacks room', async () => {
    const shared = getSharedSlides();
    const opened: string[] = [];
    const read = (key: string) =>
      shared.use(
        key,
        () => {
          opened.push(key);
          return open();
        },
        pixelsOf,
      );
    for (const key of ['a', 'b', 'c', 'a']) await read(key);
    expect(await shared.closeLongestIdle()).toBe(true);
    for (const key of ['a', 'c', 'b']) await read(key);
    expect(opened).toEqual(['a', 'b', 'c', 'b']);
    const tooMuch = withRoom(tmpdir(), 2 ** 60, 'To test this', async () => {});
    await expect(tooMuch).rejects.toMatchObject({ code: 'storage_full' });
    expect(timesOpen()).toBe(0);
    await read('a');
    await withRoom(tmpdir(), 1, 'To test this', async () => expect(timesOpen()).toBe(1));
  });
});

describe.skipIf(!isInstalled)('a posted file', () => {
  const drawn = (shade: number) => Buffer.concat([ome, Buffer.of(shade)]);
  const zipped = (shade: number) => drawZip([{ name: 'a.ome.tif', bytes: drawn(shade) }]);

  it('is written and opened once for its description and its pixels', async () => {
    await readImage(ome);
    const [pid] = readerPids();
    await temp.made();
    const file = new ImageFile(drawn(0));
    await file.describe();
    const { raster } = await file.read();
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
    expect([await temp.made(), readerPids()]).toEqual([1, [pid]]);
    await file.close();
    expect(temp.names()).toHaveLength(1);
  });

  it.each([
    ['process', drawn],
    ['room for its unpacked files', zipped],
  ])('that waits leaves its %s to others that come, and is read all the same', async (_, bytesOf) => {
    const files = [1, 2, 3, 4].map((shade) => new ImageFile(bytesOf(shade)));
    // There are two places. The third and fourth file each take the place of one before.
    for (const file of files) await file.describe();
    const read = await Promise.all(files.map((file) => file.read()));
    expect(read.every(({ raster }) => Buffer.from(raster.data).equals(rgb))).toBe(true);
    for (const file of files) await file.close();
    getReaders().stop();
    expect(temp.names()).toEqual([]);
  });

  it('keeps nothing of a picture in memory meanwhile, and reads it again', async () => {
    const png = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toBuffer();
    const path = join(folder, 'picture.png');
    await writeFile(path, png);
    const file = new ImageFile({ path });
    expect(await file.describe()).toMatchObject({ format: 'PNG', width: WIDTH });
    await writeFile(path, await sharp(png).negate().png().toBuffer());
    const { raster } = await file.read();
    expect(raster.data[0]).toBe(255 - (rgb[0] as number));
    await file.close();
  });

  it('that is refused leaves nothing open', async () => {
    const file = new ImageFile(ome, { series: 7 });
    await expect(file.describe()).rejects.toMatchObject({ code: 'invalid_option' });
    await file.close();
    await expect(file.read()).rejects.toMatchObject({ code: 'internal' });
    getReaders().stop();
    expect(temp.names()).toEqual([]);
  });

  it('reads its regions at the same time, though its process does one thing after the other', async () => {
    const slide = await openSlide(ome);
    const source = slide.choose({});
    const rows = Array.from({ length: 8 }, (_, i) => ({ x: 0, y: i * 8, width: WIDTH, height: 8 }));
    const bands = await Promise.all(rows.map((row) => source.readRegion(row, 1)));
    expect(Buffer.concat(bands.map(({ data }) => data)).equals(rgb)).toBe(true);
    await slide.close();
  });
});
