import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Annotations, coreAddress } from '@/lib/contracts/annotation';
import { insideRoi } from '@/lib/scoring/gate/roi';
import { runSite } from '@/lib/server/analyses/__fixtures__/site';
import { sendSlide, slides, slideUntil } from '@/lib/server/slides/__fixtures__/slide-site';
import { getStorage } from '@/lib/server/storage';

runSite();
afterEach(async () => {
  vi.restoreAllMocks();
  await getStorage().delete('slides/');
});

const [width, height] = [4800, 3600];

const isDrawn = (x: number, y: number) =>
  ((x - 1200) / 800) ** 2 + ((y - 1200) / 600) ** 2 < 1 || (x - 3400) ** 2 + (y - 2400) ** 2 < 700 ** 2;

/** Two pieces of stained tissue with nuclei, on glass, at 0.5 µm. */
function drawPieces(density: number | null): Promise<Buffer> {
  const pixels = Buffer.alloc(3 * width * height);
  const [glass, stroma, blue, brown] = [0xf4f3f5, 0xcdb8d2, 0x5f5aa0, 0x7a4a20];
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const isNucleus = (x % 40) ** 2 + (y % 40) ** 2 < 300;
      const colour = !isDrawn(x, y) ? glass : isNucleus ? ((x + y) % 120 < 40 ? brown : blue) : stroma;
      pixels.writeUIntBE(colour, at, 3);
    }
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return (density === null ? image : image.withMetadata({ density }))
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 92 })
    .toBuffer();
}

async function firstOf(file: Buffer) {
  const { id } = await sendSlide(file);
  await slides.ingest(id);
  await slideUntil(id, 'ready');
  const read = async () => Annotations.parse(await (await slides.annotations(id)).json());
  return { id, read, first: await read() };
}

describe('the tissue of a slide', () => {
  it('is the first annotation, in pixels of the full resolution', { timeout: 120_000 }, async () => {
    const { first } = await firstOf(await drawPieces(50_800));
    expect(first).toMatchObject({
      revision: 0,
      annotations: [{ class: 'tissue', origin: 'tissue', is_locked: false }],
    });
    const polygons = first.annotations[0]?.polygons ?? [];
    expect(polygons).toHaveLength(2);
    const isTissue = insideRoi(polygons);
    // Of points all over the slide nearly all are told as they were drawn; the outline may be a pixel of 8 µm off.
    let [wrong, all] = [0, 0];
    for (let y = 20; y < height; y += 40)
      for (let x = 20; x < width; x += 40, all++) if (isTissue(x, y) !== isDrawn(x, y)) wrong++;
    expect(wrong / all).toBeLessThan(0.01);
  });

  it('is found without a pixel size too, once for all who ask, and never again', { timeout: 120_000 }, async () => {
    const { id } = await sendSlide(await drawPieces(null));
    await slides.ingest(id);
    await slideUntil(id, 'ready');
    const get = vi.spyOn(getStorage(), 'get');
    const answers = await Promise.all([1, 2, 3].map(async () => (await slides.annotations(id)).json()));
    const reads = () =>
      get.mock.calls.filter(([key, range]) => key.endsWith('pyramid.tif') && range !== undefined).length;
    const once = reads();
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[0].annotations[0].polygons).toHaveLength(2);
    await slides.annotations(id);
    expect(reads()).toBe(once);
    expect(once).toBeLessThan(60);
  });

  it('has the cores of a microarray beside it, each with its address', { timeout: 120_000 }, async () => {
    // Cores of 0.6 mm in 3 rows and 4 columns, of which B3 is missing.
    const [pitch, radius] = [1600, 600];
    const isCore = (x: number, y: number) => {
      const [column, row] = [Math.floor(x / pitch), Math.floor(y / pitch)];
      const isThere = row < 3 && column < 4 && !(row === 1 && column === 2);
      return isThere && Math.hypot((x % pitch) - pitch / 2, (y % pitch) - pitch / 2) < radius;
    };
    const [columns, rows] = [4 * pitch, 3 * pitch];
    const pixels = Buffer.alloc(3 * columns * rows, 0xf4);
    for (let y = 0, at = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, at += 3)
        if (isCore(x, y)) pixels.writeUIntBE((x % 40) ** 2 + (y % 40) ** 2 < 300 ? 0x5f5aa0 : 0xcdb8d2, at, 3);
    const file = await sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } })
      .withMetadata({ density: 50_800 })
      .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 92 })
      .toBuffer();
    const { annotations } = (await firstOf(file)).first;
    const [tissue, ...cores] = annotations;
    expect(tissue).toMatchObject({ class: 'tissue', core: null });
    expect(tissue?.polygons).toHaveLength(11);
    expect(cores.map(({ core }) => core && coreAddress(core))).toEqual([
      'A1',
      'A2',
      'A3',
      'A4',
      'B1',
      'B2',
      'B4',
      'C1',
      'C2',
      'C3',
      'C4',
    ]);
    for (const { core, polygons, origin } of cores) {
      expect(origin).toBe('core');
      const isInside = insideRoi(polygons);
      expect(isInside(((core?.column ?? 0) + 0.5) * pitch, ((core?.row ?? 0) + 0.5) * pitch)).toBe(true);
    }
  });

  it('is none of glass alone', { timeout: 120_000 }, async () => {
    const glass = await sharp({ create: { width: 2000, height: 1500, channels: 3, background: '#f4f3f5' } })
      .withMetadata({ density: 50_800 })
      .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg' })
      .toBuffer();
    expect((await firstOf(glass)).first).toEqual({ revision: 0, annotations: [] });
  });
});
