import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { drawRgb, drawTiff, omeXml, omeXmlOf } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { isInstalled } from '@/lib/server/readers/__fixtures__/drawn-slide';
import { holdReader, killReaders, readerPids } from '@/lib/server/readers/__fixtures__/hold-reader';
import { watchTemp } from '@/lib/server/readers/__fixtures__/watch-temp';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { analysisOf, api, keysUnder, pixelsAt, runSite, send, until } from './__fixtures__/site';
import { sweep } from './sweep';

const temp = watchTemp();
runSite({ MAX_PIXELS: '60000', MAX_SLIDE_BYTES: '20MB' });
afterEach(() => getSharedSlides().closeAll());
afterAll(() => getReaders().stop());

/** The joined uploads in the temporary folder, by the numbers of their files. */
const joined = () =>
  temp
    .names()
    .map((name) => statSync(join(tmpdir(), name, 'upload'), { throwIfNoEntry: false })?.ino)
    .filter((inode) => inode !== undefined);

const tiled = (shade: number) =>
  sharp({ create: { width: 640, height: 480, channels: 3, background: { r: shade, g: 9, b: 99 } } })
    .tiff({ tile: true, pyramid: true, tileWidth: 64, tileHeight: 64, compression: 'deflate' })
    .toBuffer();

const size = { width: 96, height: 64 };
const stack = (name: string) =>
  drawTiff(
    [10, 20, 30].map((shade, z) => ({
      ...{ ...size, samples: 3, pixels: Buffer.alloc(size.width * size.height * 3, shade) },
      tags: z === 0 ? { 270: omeXml(size, [name], { samples: 3, z: 3 }) } : {},
    })),
  );
const shadeOf = async (answer: Promise<Response>) =>
  (await pixelsAt((await analysisOf(answer)).source!.thumbnail.url))[0];

describe('an upload of a slide with a choice', () => {
  it('is joined once for its check, what is shown of it and its start, and gone then', async () => {
    const { id } = await send(await tiled(7), 'image/tiff');
    await temp.made();
    await analysisOf(api.verify(id));
    const [inode, ...others] = joined();
    expect(others).toEqual([]);
    await Promise.all([0, 0].map((plane) => analysisOf(api.show(id, { plane }))));
    expect(joined()).toEqual([inode]);
    expect((await api.start(id, { level: 1, region: { x: 0, y: 0, width: 200, height: 100 } })).status).toBe(202);
    expect([await temp.made(), temp.names()]).toEqual([1, []]);
    await until(id, 'done');
  });

  it('is joined once for two checks at the same time', async () => {
    const { id } = await send(await tiled(8), 'image/tiff');
    await temp.made();
    const checks = await Promise.all([api.verify(id), api.verify(id)]);
    expect(checks.map(({ status }) => status)).toEqual([200, 200]);
    expect(await temp.made()).toBe(1);
  });

  it('goes when a fifth is joined, the longest idle first, and is joined again when it is asked for', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { id } = await send(await tiled(i), 'image/tiff');
      ids.push(id);
      await analysisOf(api.verify(id));
    }
    expect(joined()).toHaveLength(4);
    await temp.made();
    for (const id of [...ids.slice(1), ...ids.slice(0, 1)]) await analysisOf(api.show(id, { plane: 0 }));
    expect([joined().length, await temp.made()]).toEqual([4, 1]);
  });

  it.each([
    ['deleted', async (id: string) => void (await api.remove(id))],
    ['swept', async () => void (await sweep(Date.now() + 25 * 3_600_000))],
    ['on a server that stops', () => getSharedSlides().closeAll()],
  ])('leaves nothing when it is %s', async (_, end) => {
    const { id } = await send(await tiled(1), 'image/tiff');
    await analysisOf(api.verify(id));
    expect(joined()).toHaveLength(1);
    await end(id);
    expect(temp.names()).toEqual([]);
  });

  it('leaves nothing when its choice is refused as the file’s fault', async () => {
    const cut = (await tiled(2)).subarray(0, 900);
    const { id } = await send(cut, 'image/tiff');
    expect((await api.verify(id)).ok).toBe(false);
    expect(temp.names()).toEqual([]);
  });
});

describe.skipIf(!isInstalled)('an upload that Bio-Formats reads', () => {
  beforeEach(async () => {
    getReaders().stop();
    expect(temp.names()).toEqual([]);
  });

  it('is joined, placed and opened once, whichever plane is read', async () => {
    const { id } = await send(stack('once'), 'image/tiff');
    expect(await shadeOf(api.verify(id))).toBe(20);
    const [pid] = readerPids();
    await temp.made();
    expect(await Promise.all([0, 2, 1].map((plane) => shadeOf(api.show(id, { plane }))))).toHaveLength(3);
    expect(await shadeOf(api.show(id, { plane: 2 }))).toBe(30);
    await api.start(id, {});
    expect([await temp.made(), readerPids()]).toEqual([0, [pid]]);
    // The reader, which is kept warm.
    expect(temp.names()).toHaveLength(1);
    await until(id, 'done');
  });

  it('whose reader is killed in between is read by another, and not joined again', async () => {
    const { id } = await send(stack('killed'), 'image/tiff');
    await analysisOf(api.verify(id));
    const before = joined();
    const pid = readerPids()[0] as number;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(readerPids()).not.toContain(pid));
    expect(await shadeOf(api.show(id, { plane: 0 }))).toBe(10);
    expect(joined()).toEqual(before);
  });

  it('that cannot be opened is let go, and joined again by the next try', async () => {
    const { id } = await send(stack('twice'), 'image/tiff');
    const verifying = api.verify(id);
    await killReaders(2);
    expect((await verifying).status).toBe(503);
    expect(temp.names()).toEqual([]);
    expect((await analysisOf(api.verify(id))).state).toBe('ready');
  });

  it('leaves its reader to a third, and keeps its joined file', async () => {
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const { id } = await send(stack(name), 'image/tiff');
      ids.push(id);
      await analysisOf(api.verify(id));
    }
    const before = joined().sort();
    expect([before.length, readerPids().length]).toEqual([3, 2]);
    for (const id of ids) expect(await shadeOf(api.show(id, { plane: 0 }))).toBe(10);
    expect([joined().sort(), readerPids().length]).toEqual([before, 2]);
  });

  it('that is deleted while it is read leaves nothing once that is over', async () => {
    const picture = { ...size, samples: 3, pixels: drawRgb(size.width, size.height) };
    const file = drawTiff([{ ...picture, tags: { 270: omeXmlOf([size, size]) } }, picture]);
    const { id } = await send(file, 'image/tiff');
    const verifying = api.verify(id);
    const pid = await holdReader();
    await api.remove(id);
    process.kill(pid, 'SIGCONT');
    expect((await verifying).status).toBe(404);
    expect(await keysUnder(id)).toEqual([]);
    expect(joined()).toEqual([]);
    getReaders().stop();
    expect(temp.names()).toEqual([]);
  });
});
