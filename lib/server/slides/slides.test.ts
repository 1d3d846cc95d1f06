import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  analysisOf,
  api,
  follow,
  keysUnder,
  pixelsAt,
  problemOf,
  runSite,
  send,
  until,
} from '@/lib/server/analyses/__fixtures__/site';
import { sweep } from '@/lib/server/analyses/sweep';
import { resetEnvForTests } from '@/lib/server/env';
import { drawTiff, omeXmlOf } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { isInstalled, ourFolders, page } from '@/lib/server/readers/__fixtures__/drawn-slide';
import { newStatus } from '@/lib/server/runs/run-status';
import { writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { drawGrain, drawSlide, PLANTED } from './__fixtures__/draw-slide';
import { keysOfSlides, sendSlide, slideOf, slides, slideUntil } from './__fixtures__/slide-site';
import { createRunId, keysOf } from './record';
import { sweepSlides } from './sweep-slides';

runSite();
afterEach(() => getStorage().delete('slides/'));

/** Temporary folders that hold a file of somebody. The reading process has one, which holds none. */
const filesInTemp = () => ourFolders().filter((name) => existsSync(join(tmpdir(), name, 'slide')));
/** A slide is ready as soon as its copy is stored. What is no longer needed goes right after that. */
const untilTempIsEmpty = () => vi.waitFor(() => expect(filesInTemp()).toEqual([]), { timeout: 5000 });

const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true, isPlanted: true } as const;
const drawn = await drawSlide(drawGrain(700, 500), form);

async function ready(bytes = drawn.file) {
  const { id } = await sendSlide(bytes);
  expect((await slides.ingest(id)).status).toBe(202);
  return slideUntil(id, 'ready');
}

const pyramidOf = async (viewId: string) => (await readObject(getStorage(), keysOf(viewId).pyramid)) ?? Buffer.alloc(0);

describe('a slide that is kept', () => {
  it('goes from an upload to a pyramid that is read by ranges, and to nothing', async () => {
    const { id } = await sendSlide(drawn.file);
    expect(await slideOf(slides.read(id))).toMatchObject({ state: 'uploading', slide: null, pyramid: null });
    expect((await slides.ingest(id)).status).toBe(202);
    const slide = await slideUntil(id, 'ready');
    expect(slide.slide).toMatchObject({
      ...{ width: 700, height: 500, format: 'Aperio SVS', microns_per_pixel: 0.5, magnification: 20 },
      ...{ is_lossless: true, profile: 'none', damaged_tiles: [], warnings: [] },
    });
    expect(slide.slide?.levels.map(({ width }) => width)).toEqual([700, 350, 175, 88, 43]);
    const { url, bytes } = slide.pyramid as { url: string; bytes: number };
    const part = await follow(url, { headers: { Range: 'bytes=0-3' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      'II*\0',
      `bytes 0-3/${bytes}`,
    ]);
    expect((await slides.remove(id)).status).toBe(204);
    expect(await keysOfSlides()).toEqual([]);
    expect((await follow(url)).status).toBe(404);
    expect(await problemOf(slides.read(id))).toMatchObject({ status: 404, code: 'slide_not_found' });
    expect((await slides.remove(id)).status).toBe(204);
  });

  it('keeps nothing of the file but pixels and numbers', async () => {
    const { id } = await ready();
    for (const key of await keysOfSlides()) {
      const content = (await readObject(getStorage(), key))?.toString('latin1') ?? '';
      for (const trace of [PLANTED, 'Aperio Image', id])
        expect(content.includes(trace), `${trace} in ${key}`).toBe(false);
    }
    await untilTempIsEmpty();
    expect((await keysOfSlides()).filter((key) => /upload|open/.test(key))).toEqual([]);
    await slides.remove(id);
  });

  it('is looked at by its view link, and changed by its edit link alone', async () => {
    const { id, view_id: viewId, may_edit: mayEdit } = await ready();
    expect(mayEdit).toBe(true);
    expect(viewId).not.toBe(id);
    const seen = await slideOf(slides.read(viewId));
    expect(seen).toMatchObject({ id: viewId, view_id: viewId, may_edit: false, state: 'ready' });
    expect(JSON.stringify(seen)).not.toContain(id);
    for (const refused of [
      slides.remove(viewId),
      slides.keep(viewId, 5),
      slides.ingest(viewId),
      slides.cancel(viewId),
      slides.upload(viewId),
    ])
      expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'read_only' });
    expect((await slideOf(slides.read(id))).state).toBe('ready');
    await slides.remove(id);
  });

  it('is kept for longer, up to a limit', async () => {
    const { id, created_at: created, expires_at: before } = await ready();
    const longer = await slideOf(slides.keep(id, 100));
    expect(Date.parse(longer.expires_at)).toBeGreaterThan(Date.parse(before) + 75 * 3_600_000);
    expect(Date.parse(longer.latest_expiry)).toBe(Date.parse(created) + 720 * 3_600_000);
    const refused = await problemOf(slides.keep(id, 721));
    expect(refused).toMatchObject({
      status: 400,
      code: 'invalid_option',
      detail: expect.stringMatching(/720 hours.*719 more, got 721/),
    });
    const much = Date.parse(longer.expires_at) + 1;
    expect(await sweepSlides(much - 1000)).toBe(0);
    expect(await sweepSlides(much)).toBe(1);
    expect(await keysOfSlides()).toEqual([]);
  });

  it.each([
    ['dark', '#101020', 'dark_background'],
    ['without colour', '#b0b0b0', 'no_colour'],
  ])('is doubted where it is %s', async (_, background, code) => {
    const create = { width: 700, height: 600, channels: 3, background } as const;
    const { slide } = await ready(await sharp({ create }).png().toBuffer());
    expect(slide?.warnings.map((warning) => warning.code)).toContain(code);
  });

  it.each([
    ['PNG', (image: Sharp) => image.png()],
    ['JPEG', (image: Sharp) => image.jpeg({ quality: 97, chromaSubsampling: '4:4:4' })],
    ['TIFF of strips', (image: Sharp) => image.tiff({ compression: 'lzw' })],
  ])('may be a picture that is too large to be decoded whole: %s', async (_, encode) => {
    const { width, height, pixels } = drawGrain(1500, 1100);
    const bytes = await encode(sharp(pixels, { raw: { width, height, channels: 3 } })).toBuffer();
    vi.stubEnv('MAX_PIXELS', '1000000');
    resetEnvForTests();
    try {
      const { slide, view_id: viewId } = await ready(bytes);
      expect(slide).toMatchObject({ width, height, is_lossless: false, format: _.split(' ')[0] });
      expect(slide?.levels).toHaveLength(3);
      const copy = await sharp(await pyramidOf(viewId))
        .raw()
        .toBuffer();
      const off = copy.reduce((sum, value, i) => sum + Math.abs(value - (pixels[i] ?? 0)), 0) / copy.length;
      expect(off).toBeLessThan(5);
      await untilTempIsEmpty();
    } finally {
      vi.stubEnv('MAX_PIXELS', '');
      resetEnvForTests();
    }
  });

  it('is sent on after a lost connection: what is missing is known', async () => {
    const { id } = await slideOf(slides.create({ bytes: drawn.file.length }));
    const { upload } = await slideOf(slides.upload(id));
    expect(upload).toMatchObject({ parts: 1, bytes: drawn.file.length });
    const refused = await problemOf(slides.ingest(id));
    expect(refused).toMatchObject({
      status: 409,
      code: 'upload_incomplete',
      detail: expect.stringContaining('1 of 1'),
    });
    await slides.remove(id);
  });

  it('takes over the file that was sent for an analysis, however small a slide it is', async () => {
    const { id: analysis } = await send(drawn.file);
    const { source } = await analysisOf(api.verify(analysis));
    expect(source?.slide?.images).toMatchObject([{ width: 700, planes: 1 }]);
    const { id, upload } = await slideOf(slides.create({ analysis }));
    expect(upload).toBeUndefined();
    await slides.ingest(id);
    expect((await slideUntil(id, 'ready')).slide).toMatchObject({ width: 700, format: 'Aperio SVS' });
    expect((await keysUnder(analysis)).filter((key) => key.includes('/upload/'))).toEqual([]);
    expect(await problemOf(api.start(analysis, {}))).toMatchObject({
      code: 'wrong_state',
      detail: expect.stringContaining('became a slide'),
    });
    await api.remove(analysis);
    await slides.remove(id);
  });

  it('takes the file with it that was sent for an analysis, when it is deleted before', async () => {
    const { id: analysis } = await send(drawn.file);
    await api.verify(analysis);
    const { id } = await slideOf(slides.create({ analysis }));
    expect(await keysUnder(analysis)).toContain(`analyses/${analysis}/upload/1`);
    await slides.remove(id);
    expect(await keysUnder(analysis)).not.toContain(`analyses/${analysis}/upload/1`);
    await api.remove(analysis);
  });

  it('is made of a small pyramid of a plain TIFF, but not of an analysis whose pixels are taken', async () => {
    const plain = sharp({ create: { width: 3000, height: 2000, channels: 3, background: '#c8a0b8' } });
    const tiled = await plain.tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true }).toBuffer();
    const { id: analysis } = await send(tiled);
    expect((await analysisOf(api.verify(analysis))).source?.slide).not.toBeNull();
    expect((await api.start(analysis, { level: 2, resolution: '20x' })).status).toBe(202);
    expect(await problemOf(slides.create({ analysis }))).toMatchObject({ status: 409, code: 'wrong_state' });
    await api.remove(analysis);
    const { id: picture } = await send(await plain.png().toBuffer());
    expect((await analysisOf(api.verify(picture))).source?.slide).toBeNull();
    expect(await problemOf(slides.create({ analysis: picture }))).toMatchObject({ status: 409, code: 'wrong_state' });
    await api.remove(picture);
  });

  it('is made of a picture that is too large for an analysis, which is kept for that', async () => {
    const png = await sharp({ create: { width: 1200, height: 1000, channels: 3, background: '#c8a0b8' } })
      .png()
      .toBuffer();
    vi.stubEnv('MAX_PIXELS', '1000000');
    resetEnvForTests();
    try {
      const { id: analysis } = await send(png);
      expect(await problemOf(api.verify(analysis))).toMatchObject({ status: 413, code: 'image_too_large' });
      await sweep();
      const { id } = await slideOf(slides.create({ analysis }));
      await slides.ingest(id);
      expect((await slideUntil(id, 'ready')).slide).toMatchObject({ width: 1200, height: 1000, format: 'PNG' });
      expect((await keysUnder(analysis)).filter((key) => key.includes('/upload/'))).toEqual([]);
      await api.remove(analysis);
      await slides.remove(id);
    } finally {
      vi.stubEnv('MAX_PIXELS', '');
      resetEnvForTests();
    }
  });

  it('gives a region of it as an image of its own, in the pixels that are kept, by either link', async () => {
    const { id, view_id: viewId, pyramid } = await ready();
    const region = { x: 101, y: 60, width: 320, height: 200 };
    const created = await analysisOf(api.create({ slide: viewId, region }));
    expect(created).toMatchObject({
      state: 'ready',
      source: {
        ...{ width: 320, height: 200, microns_per_pixel: 0.5, slide: null },
        selection: { series: 0, plane: 0, level: 0, downsample: 1, region },
      },
    });
    const whole = sharp(Buffer.from(await (await follow(pyramid?.url ?? '')).arrayBuffer()));
    const expected = await whole
      .extract({ left: region.x, top: region.y, width: region.width, height: region.height })
      .raw()
      .toBuffer();
    expect((await pixelsAt(created.source?.url ?? '')).equals(expected)).toBe(true);
    expect(created.source?.url).not.toContain(id);
    await api.start(created.id, {});
    const { result } = await until(created.id, 'done');
    expect(result?.provenance).toMatchObject({ microns_per_pixel: 0.5, selection: { region } });
    for (const [wrong, code] of [
      [{ ...region, x: 381 }, 'invalid_option'],
      [{ ...region, width: 0 }, 'invalid_option'],
    ] as const)
      expect(await problemOf(api.create({ slide: id, region: wrong }))).toMatchObject({ status: 400, code });
    vi.stubEnv('MAX_PIXELS', '10000');
    resetEnvForTests();
    expect(await problemOf(api.create({ slide: id, region }))).toMatchObject({
      ...{ status: 413, code: 'image_too_large' },
      detail: expect.stringContaining('320 x 200'),
    });
    vi.stubEnv('MAX_PIXELS', '');
    resetEnvForTests();
    await api.remove(created.id);
    await slides.remove(id);
    expect(await problemOf(api.create({ slide: id, region }))).toMatchObject({ status: 404, code: 'slide_not_found' });
  });

  it('gives what was drawn in a region with it, for whoever starts it', async () => {
    const { id } = await ready();
    const region = { x: 101, y: 60, width: 320, height: 200 };
    const rings: [number, number][][] = [
      [
        [0, 0],
        [320, 0],
        [0, 200],
        [0, 0],
      ],
    ];
    const drawn = { id: 'one', name: 'Nest', kind: 'include', shape: 'polygon', enabled: true, rings };
    const create = () => analysisOf(api.create({ slide: id, region, scoring: { regions: [drawn] } }));
    const [kept, replaced] = [await create(), await create()];
    // As the page does that asks for the pixel size.
    await api.start(kept.id, { resolution: '20x' });
    expect((await until(kept.id, 'done')).scoring.regions).toEqual([drawn]);
    await api.start(replaced.id, { scoring: { size_thresh: 20 } });
    expect((await until(replaced.id, 'done')).scoring.regions).toBeUndefined();
    const wrong = { regions: [{ ...drawn, rings: [[]] }] };
    expect(await problemOf(api.create({ slide: id, region, scoring: wrong }))).toMatchObject({
      code: 'invalid_option',
    });
    for (const { id: one } of [kept, replaced]) await api.remove(one);
  });
});

describe('a file that cannot be kept', () => {
  it('fails with the reader’s reason, and leaves only that', async () => {
    const { id } = await sendSlide(Buffer.from('no slide at all, whatever its name'));
    await slides.ingest(id);
    await expect(slideUntil(id, 'ready')).rejects.toThrow(/No reader opens this file/);
    const failed = await slideOf(slides.read(id));
    expect(failed).toMatchObject({ state: 'failed', can_retry: false, problem: { code: 'unreadable_image' } });
    expect((await keysOfSlides()).filter((key) => /upload\/|pyramid/.test(key))).toEqual([]);
    expect(await problemOf(slides.ingest(id))).toMatchObject({ status: 409 });
    await slides.remove(id);
  });

  it('is refused before it is sent where it is too large, or the disk has no room, with the numbers', async () => {
    const tooLarge = await problemOf(slides.create({ bytes: 20_000_000_001 }));
    expect(tooLarge).toMatchObject({
      status: 413,
      detail: expect.stringMatching(/20000000000 bytes \(20 GB\), got 20000000001/),
    });
    const { bavail, bsize } = await statfs(tmpdir());
    vi.stubEnv('MAX_SLIDE_BYTES', '100000GB');
    resetEnvForTests();
    const bytes = Math.ceil((bavail * bsize) / 2.5);
    const refused = await problemOf(slides.create({ bytes }));
    vi.stubEnv('MAX_SLIDE_BYTES', '');
    resetEnvForTests();
    expect(refused).toMatchObject({
      status: 507,
      code: 'storage_full',
      detail: expect.stringContaining(`needs ${3 * bytes} bytes`),
    });
    expect(await keysOfSlides()).toEqual([]);
  });
});

describe('an ingest', () => {
  const large = drawSlide(drawGrain(3000, 2600), { ...form, isPlanted: false }, { steps: [1] });

  it('is cancelled, leaves nothing half-written, and is begun again', async () => {
    const { id, view_id: viewId } = await sendSlide((await large).file);
    await slides.ingest(id);
    expect(await slideOf(slides.cancel(id))).toMatchObject({ state: 'cancelled', can_retry: true });
    expect((await keysOfSlides()).filter((key) => /pyramid|slide\.json/.test(key))).toEqual([]);
    await untilTempIsEmpty();
    await slides.ingest(id);
    await slideUntil(id, 'ready');
    expect((await pyramidOf(viewId)).length).toBeGreaterThan(100_000);
    await slides.remove(id);
  });

  it('is deleted in mid-run with all that it has written', async () => {
    const { id } = await sendSlide((await large).file);
    await slides.ingest(id);
    await slideUntil(id, 'running');
    expect((await slides.remove(id)).status).toBe(204);
    expect(await keysOfSlides()).toEqual([]);
    await untilTempIsEmpty();
  });

  it.each([
    ['it is kept longer', (id: string) => slides.keep(id, 100)],
    ['it is taken in', (id: string) => slides.ingest(id)],
  ])('stays deleted when it is deleted while %s', async (_, change) => {
    const { id } = await sendSlide(drawn.file);
    const storage = getStorage();
    const put = storage.put.bind(storage);
    const spy = vi.spyOn(storage, 'put').mockImplementationOnce(async (...written) => {
      await slides.remove(id);
      return put(...written);
    });
    expect(await problemOf(change(id))).toMatchObject({ status: 404, code: 'slide_not_found' });
    spy.mockRestore();
    expect(await keysOfSlides()).toEqual([]);
  });

  it('keeps its ingest when its time is changed meanwhile', async () => {
    const { id } = await sendSlide(drawn.file);
    const storage = getStorage();
    const put = storage.put.bind(storage);
    const spy = vi.spyOn(storage, 'put').mockImplementationOnce(async (...written) => {
      await slides.ingest(id);
      return put(...written);
    });
    expect((await slides.keep(id, 100)).status).toBe(200);
    spy.mockRestore();
    await slideUntil(id, 'ready');
  });

  it('goes on after its server was killed, and comes to the same pyramid', async () => {
    const whole = await ready();
    const expected = await pyramidOf(whole.view_id);
    const { id, view_id: viewId } = await sendSlide(drawn.file);
    // As a server leaves it that is killed in mid-run.
    const run = createRunId();
    await writeJson(keysOf(viewId).lastRun, { id: run, chosen: {} });
    const status = newStatus({ state: 'running', isReleased: true });
    await writeJson(keysOf(viewId).run(run).attempt(1).status, status);
    expect(await sweepSlides()).toBe(0);
    await slideUntil(id, 'ready');
    expect(await pyramidOf(viewId)).toEqual(expected);
    for (const one of [id, whole.id]) await slides.remove(one);
  });

  it.skipIf(!isInstalled)('asks which image of several is kept', async () => {
    const images = [
      { width: 96, height: 64 },
      { width: 80, height: 50 },
    ];
    const second = { width: 80, height: 50, samples: 3, pixels: Buffer.alloc(80 * 50 * 3, 120) };
    const bytes = drawTiff([page({ tags: { 270: omeXmlOf(images) } }), second]);
    const { id } = await sendSlide(bytes);
    await slides.ingest(id);
    const { choices } = await slideUntil(id, 'choosing');
    expect(choices?.images.map(({ series, width }) => [series, width])).toEqual([
      [0, 96],
      [1, 80],
    ]);
    await slides.ingest(id, { series: 1 });
    const { slide } = await slideUntil(id, 'ready');
    expect(slide).toMatchObject({ width: 80, height: 50, series: 1, is_lossless: false });
    await slides.remove(id);
  });
});
