import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { drawRgb, drawTiff, omeXml, omeXmlOf } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { isInstalled } from '@/lib/server/readers/__fixtures__/drawn-slide';
import { killReaders } from '@/lib/server/readers/__fixtures__/hold-reader';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { analysisOf, api, keysUnder, pixelsAt, problemOf, runSite, send, until } from './__fixtures__/site';

runSite({ MAX_PIXELS: '60000', MAX_UPLOAD_BYTES: '400KB', MAX_SLIDE_BYTES: '20MB' });
afterAll(() => getReaders().stop());

const { image } = drawDiscs(640, 480, 120, 7);
const pixels = (x: number, y: number, width: number, height: number) =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .extract({ left: x, top: y, width, height })
    .raw()
    .toBuffer();

/** Above the pixel limit, and stating 0.25 µm. */
const pyramid = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
  .withMetadata({ density: 101_600 })
  .withExif({ IFD0: { ImageDescription: 'Jane Doe 1970-01-01' } })
  .tiff({ tile: true, pyramid: true, tileWidth: 64, tileHeight: 64, compression: 'deflate' })
  .toBuffer();

async function verified(bytes: Buffer) {
  const { id } = await send(bytes, 'image/tiff');
  return analysisOf(api.verify(id));
}
const uploadOf = async (id: string) => (await keysUnder(id)).filter((key) => key.includes('/upload/'));

describe.skipIf(!isInstalled)('a slide whose reader is killed', () => {
  // One that is warm would be done before it can be caught.
  beforeEach(() => getReaders().stop());
  const size = { width: 96, height: 64 };
  const drawn = (name: string) =>
    drawTiff([{ ...size, samples: 3, pixels: drawRgb(96, 64), tags: { 270: omeXmlOf([{ ...size, name }]) } }]);

  it('is read by another', async () => {
    const { id } = await send(drawn('once'), 'image/tiff');
    const verifying = analysisOf(api.verify(id));
    await killReaders(1);
    expect((await verifying).state).toBe('ready');
  });

  it('is not refused when that one is killed too: the upload stays, and is read later', async () => {
    const { id } = await send(drawn('twice'), 'image/tiff');
    const verifying = api.verify(id);
    await killReaders(2);
    const answer = await verifying;
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await uploadOf(id)).toHaveLength(1);
    expect((await analysisOf(api.verify(id))).state).toBe('ready');
    expect(await uploadOf(id)).toEqual([]);
  });

  it('is refused when it takes its readers with it a second time', async () => {
    const { id } = await send(drawn('always'), 'image/tiff');
    for (const status of [503, 415]) {
      const verifying = api.verify(id);
      await killReaders(2);
      expect((await verifying).status).toBe(status);
    }
    expect(await uploadOf(id)).toEqual([]);
  });
});

describe('a slide too large to be analysed whole', () => {
  it('shows its thumbnail and its levels, and keeps the file until a region is chosen', async () => {
    const { id, state, source } = await verified(pyramid);
    expect(state).toBe('ready');
    expect(source).toMatchObject({
      ...{ width: 640, height: 480, url: null, selection: null, microns_per_pixel: 0.25 },
      thumbnail: { width: 640, height: 480 },
      slide: { series: 0, plane: 0, max_pixels: 60_000 },
    });
    expect(source!.slide!.images[0]!.levels.slice(0, 2)).toEqual([
      { width: 640, height: 480, downsample: 1 },
      { width: 320, height: 240, downsample: 2 },
    ]);
    expect(await uploadOf(id)).toHaveLength(1);

    const region = { x: 100, y: 60, width: 300, height: 200 };
    expect((await api.start(id, { region })).status).toBe(202);
    const done = await until(id, 'done');
    expect(await uploadOf(id)).toEqual([]);
    expect(done.source).toMatchObject({ width: 300, height: 200, slide: null, selection: { region, level: 0 } });
    expect(done.source?.thumbnail).toMatchObject({ width: 300, height: 200 });
    expect(done.result?.provenance).toMatchObject({
      ...{ microns_per_pixel: 0.25, microns_per_pixel_source: 'file' },
      selection: { series: 0, plane: 0, level: 0, downsample: 1, region },
    });
    const taken = await pixelsAt(done.result!.pictures.Original!.url);
    expect(taken.equals(await pixels(100, 60, 300, 200))).toBe(true);
    for (const key of await keysUnder(id)) expect((await readObject(getStorage(), key))!.includes('Jane')).toBe(false);

    expect((await analysisOf(api.score(id, { size_thresh: 1 }))).result?.provenance.selection?.region).toEqual(region);
    expect(await problemOf(api.start(id, { region: { ...region, x: 0 } }))).toMatchObject({ code: 'wrong_state' });
    expect((await api.start(id, { region, resolution: '20x' })).status).toBe(202);
    await until(id, 'done');
  });

  it('can be analysed at a lower level, its pixels larger by as much', async () => {
    const { id } = await verified(pyramid);
    await api.start(id, { level: 2 });
    const { result, source } = await until(id, 'done');
    expect(source).toMatchObject({ width: 160, height: 120, selection: { level: 2, downsample: 4 } });
    expect(result?.provenance).toMatchObject({ microns_per_pixel: 1, selection: { level: 2 } });
  });

  it.each([
    ['too large', {}, 413, 'image_too_large'],
    ['outside of it', { region: { x: 600, y: 0, width: 100, height: 100 } }, 400, 'invalid_option'],
    ['of no size', { region: { x: 0, y: 0, width: 0, height: 100 } }, 400, 'invalid_option'],
    ['of a level that is not there', { level: 12 }, 400, 'invalid_option'],
    ['of pixels too large to be analysed', { level: 2, microns_per_pixel: 1 }, 400, 'invalid_option'],
    ['of an image that is not there', { series: 4 }, 400, 'invalid_option'],
  ])('a choice %s costs nothing: another can be made', async (_, body, status, code) => {
    const { id } = await verified(pyramid);
    expect(await problemOf(api.start(id, body))).toMatchObject({ status, code });
    expect(await analysisOf(api.read(id))).toMatchObject({ state: 'ready', source: { url: null } });
    expect((await api.start(id, { region: { x: 0, y: 0, width: 64, height: 64 } })).status).toBe(202);
    await until(id, 'done');
  });

  it('leaves nothing in the temporary folder, nor anywhere once it is deleted', async () => {
    const { id } = await verified(pyramid);
    await api.remove(id);
    expect(await keysUnder(id)).toEqual([]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`restain-${process.pid}-`))).toEqual([]);
  });
});

describe('a file that is read whole', () => {
  it('may not be larger than a request, and is told which may', async () => {
    const noise = Buffer.from(drawRgb(300, 200).map((value, i) => (value * 31 + i * i * 7) & 255));
    const png = await sharp(noise, { raw: { width: 300, height: 200, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const { id } = await send(Buffer.concat([png, Buffer.alloc(300_000)]));
    expect(await problemOf(api.verify(id))).toMatchObject({
      ...{ status: 413, code: 'upload_too_large' },
      detail: expect.stringMatching(/^A PNG file is read whole and may have 400000 bytes \(0\.4 MB\), this one has/),
    });
    expect(await uploadOf(id)).toEqual([]);
  });

  it('offers no choice, and asks for none', async () => {
    const png = await sharp(drawRgb(90, 60), { raw: { width: 90, height: 60, channels: 3 } })
      .png()
      .toBuffer();
    const { id, source } = await verified(png);
    expect(source).toMatchObject({ slide: null, selection: null, url: expect.any(String) });
    expect(await problemOf(api.show(id, { plane: 0 }))).toMatchObject({ status: 409, code: 'wrong_state' });
    const region = { x: 0, y: 0, width: 10, height: 10 };
    expect(await problemOf(api.start(id, { region }))).toMatchObject({ code: 'wrong_state' });
    expect((await api.start(id, { series: 0, resolution: '40x' })).status).toBe(202);
    await until(id, 'done');
  });
});

describe.skipIf(!isInstalled)('a file of several pictures', () => {
  const size = { width: 96, height: 64 };
  const shaded = (shade: number) => Buffer.alloc(size.width * size.height * 3, shade);

  it('offers its focal planes, and analyses the one that is shown', async () => {
    const xml = omeXml(size, ['RGB'], { samples: 3, z: 3, micrometres: 0.5 });
    const stack = drawTiff(
      [200, 210, 220].map((shade, z) => ({
        ...{ ...size, samples: 3, pixels: shaded(shade) },
        tags: z === 0 ? { 270: xml } : {},
      })),
    );
    const { id, source } = await verified(stack);
    expect(source?.slide).toMatchObject({ plane: 1, images: [{ planes: 3, microns_per_pixel: 0.5 }] });
    const shadeOf = async (url: string) => (await pixelsAt(url))[0];
    expect(await shadeOf(source!.thumbnail.url)).toBe(210);

    const shown = await analysisOf(api.show(id, { plane: 2 }));
    expect(shown.source?.slide?.plane).toBe(2);
    expect(await shadeOf(shown.source!.thumbnail.url)).toBe(220);
    expect(await problemOf(api.show(id, { plane: 3 }))).toMatchObject({ code: 'invalid_option' });

    await api.start(id, {});
    const { result } = await until(id, 'done');
    expect(result?.provenance.selection?.plane).toBe(2);
    expect(await shadeOf(result!.pictures.Original!.url)).toBe(220);
  });

  it('asks whether three channels without names are red, green and blue', async () => {
    const picture = drawRgb(size.width, size.height);
    const xml = omeXml(size, ['', '', '']);
    const file = drawTiff(
      [0, 1, 2].map((c) => ({
        ...{ ...size, samples: 1, pixels: Buffer.from(picture.filter((_, i) => i % 3 === c)) },
        tags: c === 0 ? { 270: xml } : {},
      })),
    );
    const { id, state, source } = await verified(file);
    expect([state, source?.slide?.images]).toEqual(['ready', [expect.objectContaining({ channels: 'unnamed' })]]);
    expect(await problemOf(api.start(id, {}))).toMatchObject({
      ...{ status: 400, code: 'invalid_option' },
      errors: [{ pointer: '/channels', detail: expect.stringContaining('channels=rgb') }],
    });
    expect((await api.start(id, { channels: 'rgb' })).status).toBe(202);
    const { result } = await until(id, 'done');
    expect((await pixelsAt(result!.pictures.Original!.url)).equals(picture)).toBe(true);
  });

  it('offers its images by size and pixel size, never by name; the start may name another', async () => {
    const other = { width: 48, height: 40 };
    const xml = omeXmlOf([
      { ...size, name: 'Jane Doe' },
      {
        ...other,
        micrometres: 0.5,
        name: '"><script>alert(1)</script>'.replaceAll(/[<>"]/g, (c) => `&#${c.charCodeAt(0)};`),
      },
    ]);
    const file = drawTiff([
      { ...size, samples: 3, pixels: shaded(200), tags: { 270: xml } },
      { ...other, samples: 3, pixels: drawRgb(other.width, other.height) },
    ]);
    const { id, source } = await verified(file);
    expect(source?.slide?.images).toEqual([
      expect.objectContaining({ series: 0, ...size, microns_per_pixel: 0.25 }),
      expect.objectContaining({ series: 1, ...other, microns_per_pixel: 0.5 }),
    ]);
    expect(JSON.stringify(source)).not.toMatch(/Jane|script/);
    await api.start(id, { series: 1 });
    const { result } = await until(id, 'done');
    expect(result?.provenance).toMatchObject({ microns_per_pixel: 0.5, selection: { series: 1 } });
    expect((await pixelsAt(result!.pictures.Original!.url)).equals(drawRgb(other.width, other.height))).toBe(true);
  });
});
