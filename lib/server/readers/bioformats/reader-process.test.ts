import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawTiff, omeXml } from '../__fixtures__/draw-tiff';
import { HEIGHT, isInstalled, ome, ourFolders, page, refusalOf, rgb, WIDTH } from '../__fixtures__/drawn-slide';
import { killReaders, readerPids } from '../__fixtures__/hold-reader';
import { describeImage, openSource, readImage } from '../__fixtures__/read-file';
import { getReaders } from './reader-line';

afterAll(() => getReaders().stop());

describe.skipIf(!isInstalled)('the reading process', () => {
  const pidOf = () => {
    const [pid] = readerPids();
    if (pid === undefined) throw new Error('no reading process');
    return pid;
  };
  beforeAll(() => describeImage(ome));

  it('is started anew when it dies, also under an open slide', async () => {
    const slide = await openSource(ome);
    const before = pidOf();
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(before, 0)).toThrow());
    const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    expect(Buffer.from((await slide.readRegion(whole, 1)).data).equals(rgb)).toBe(true);
    expect(pidOf()).not.toBe(before);
    await slide.close();
  });

  it('reads a slide whose reader is killed once in the middle', async () => {
    // A warm process would be done before it can be killed.
    getReaders().stop();
    const reading = readImage(ome);
    await killReaders(1);
    expect(Buffer.from((await reading).raster.data).equals(rgb)).toBe(true);
  });

  it('answers 503 when the second reader is killed too, and refuses a file that does it again', async () => {
    const other = drawTiff([
      page({ tags: { 270: omeXml({ width: WIDTH, height: HEIGHT }, ['twice'], { samples: 3 }) } }),
    ]);
    const killing = async () => {
      getReaders().stop();
      const reading = describeImage(other).then(
        () => null,
        (error: unknown) => error,
      );
      await killReaders(2);
      return reading;
    };
    expect(await killing()).toMatchObject({ code: 'reader_unavailable', retryAfterSeconds: expect.any(Number) });
    expect(await refusalOf(other)).toBe('opened');
    expect(await killing()).toMatchObject({ code: 'unreadable_image', message: expect.stringContaining('each time') });
  });

  it('is killed when it hangs, within 10 s, and the next file is read', async () => {
    await describeImage(ome);
    const pid = pidOf();
    process.kill(pid, 'SIGSTOP');
    const started = performance.now();
    expect(await refusalOf(ome)).toContain('Bio-Formats: not read within');
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5000 }).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await refusalOf(ome)).toBe('opened');
  });

  it('has nothing of our environment', () => {
    const names = readFileSync(`/proc/${pidOf()}/environ`, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0]);
    expect(names.filter((name) => name !== 'PWD').sort()).toEqual(['LANG', 'LD_LIBRARY_PATH', 'PATH']);
  });

  it('has no network where the system lets us take it away', async (context) => {
    try {
      execFileSync('unshare', ['--net', 'true']);
    } catch {
      context.skip('unshare --net is not allowed here');
    }
    const interfaces = readFileSync(`/proc/${pidOf()}/net/dev`, 'utf8')
      .match(/^\s*\w+:/gm)
      ?.map((name) => name.trim());
    expect(interfaces).toEqual(['lo:']);
  });

  it('leaves no folder once files are closed, and none of its own once it ends', async () => {
    getReaders().stop();
    expect(ourFolders()).toEqual([]);
  });
});
