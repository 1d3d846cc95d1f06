import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HEIGHT, isInstalled, ome, ourFolders, refusalOf, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { getBioformatsProcess } from './bioformats-process';
import { openSlide } from './choose-reader';
import { describeImage } from './read-image';

afterAll(() => getBioformatsProcess().stop());

describe.skipIf(!isInstalled)('the reading process', () => {
  const pidOf = () => {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
    return Number(children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('restain.Main')));
  };
  beforeAll(() => describeImage(ome));

  it('is started anew when it dies, also under an open slide', async () => {
    const slide = await openSlide(ome);
    const before = pidOf();
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(before, 0)).toThrow());
    const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    expect(Buffer.from((await slide.readRegion(whole, 1)).data).equals(rgb)).toBe(true);
    expect(pidOf()).not.toBe(before);
    await slide.close();
  });

  it('is killed when it hangs, within 10 s, and the next file is read', async () => {
    process.kill(pidOf(), 'SIGSTOP');
    const started = performance.now();
    expect(await refusalOf(ome)).toContain('Bio-Formats: not read within');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await refusalOf(ome)).toBe('opened');
  });

  it('reads no file but the slide’s own, and nothing of our environment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slides-test-'));
    const path = join(folder, 'slide.ome.tif');
    await writeFile(path, ome);
    const open = (id: string, allowed: string) =>
      getBioformatsProcess().use((request) => request(['open', id, allowed, path], 10));
    expect(await open('a', '/nowhere')).toMatchObject({ kind: 'error', json: expect.stringContaining('"denied"') });
    expect(await open('b', folder)).toMatchObject({ kind: 'json' });
    await rm(folder, { recursive: true });

    const names = readFileSync(`/proc/${pidOf()}/environ`, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0]);
    expect(names.sort()).toEqual(['LANG', 'PATH']);
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
    getBioformatsProcess().stop();
    expect(ourFolders()).toEqual([]);
  });
});
