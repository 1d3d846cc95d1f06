import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type DrawnTag, drawTiff, long, omeXmlOf, short, text } from '../__fixtures__/draw-tiff';
import { HEIGHT, isInstalled, page, refusalOf, rgb, WIDTH } from '../__fixtures__/drawn-slide';
import { openSource, readImage } from '../__fixtures__/read-file';
import { getReaders } from './reader-line';

afterAll(() => getReaders().stop());

const size = { width: WIDTH, height: HEIGHT };
/** The JFIF marker, which sharp does not write. */
const JFIF = Buffer.from('ffe000104a46494600010100000100010000', 'hex');

/** A page whose JPEG is YCbCr under a tag that says RGB: Bio-Formats shows wrong colours. */
async function shaded(shade: number, tags: Record<number, DrawnTag> = {}) {
  const flat = sharp({ create: { ...size, channels: 3, background: { r: shade, g: 90, b: 40 } } });
  const bare = await flat.jpeg({ quality: 97, chromaSubsampling: '4:4:4' }).toBuffer();
  const jpeg = Buffer.concat([bare.subarray(0, 2), JFIF, bare.subarray(2)]);
  return page({ photometric: 2, pixels: jpeg, tags: { 259: short(7), 279: long(jpeg.length), ...tags } });
}
const shadeOf = async (bytes: Buffer, choice = {}) => (await readImage(bytes, choice)).raster.data[0];
const isNear = (shade: number) => expect.toSatisfy((value: number) => Math.abs(value - shade) < 6);

/** OME-XML of images with this many planes each, whose first pages are `firstPages`. */
function xmlOf(planes: number, firstPages: number[]): Record<number, DrawnTag> {
  const xml = omeXmlOf(firstPages.map(() => size)) as { text: string };
  const places = firstPages.map((at) => `<TiffData IFD="${at}" PlaneCount="${planes}"/>`);
  let image = 0;
  const placed = xml.text.replaceAll(/<TiffData [^>]*>/g, () => places[image++] ?? '');
  return { 270: text(placed.replaceAll('SizeZ="1"', `SizeZ="${planes}"`)) };
}

describe.skipIf(!isInstalled)('among pages of one size the one is taken that Bio-Formats reads', () => {
  it('for each image, in whichever order their pages are', async () => {
    const file = drawTiff([await shaded(200, xmlOf(1, [1, 2, 0])), await shaded(50), await shaded(120)]);
    const seen = [];
    for (const series of [0, 1, 2]) seen.push(await shadeOf(file, { series }));
    expect(seen).toEqual([isNear(50), isNear(120), isNear(200)]);
  });

  it('for each focal plane of each image', async () => {
    const pages = await Promise.all(
      [60, 80, 100, 120].map((shade, i) => shaded(shade, i === 0 ? xmlOf(2, [2, 0]) : {})),
    );
    const file = drawTiff(pages);
    const seen = [];
    for (const series of [0, 1]) for (const plane of [0, 1]) seen.push(await shadeOf(file, { series, plane }));
    expect(seen).toEqual([isNear(100), isNear(120), isNear(60), isNear(80)]);
  });

  it('also for what is missing of it', async () => {
    const rows = 16;
    const bytes = WIDTH * rows * 3;
    const start = (pageNumber: number, strip: number) => 8 + pageNumber * rgb.length + strip * bytes;
    const strips = (pageNumber: number, missing: number) => {
      const all = [0, 1, 2, 3];
      return {
        273: long(...all.map((i) => (i === missing ? 0 : start(pageNumber, i)))),
        278: long(rows),
        279: long(...all.map((i) => (i === missing ? 0 : bytes))),
      };
    };
    // A directory is behind the pixels of its page, so the first page gets the pixels of both.
    const both = Buffer.concat([rgb, rgb]);
    const file = drawTiff([
      page({ pixels: both, tags: { ...xmlOf(1, [1, 0]), ...strips(0, 0) } }),
      page({ pixels: Buffer.alloc(0), tags: strips(1, 2) }),
    ]);
    const whitened = (strip: number) => Buffer.from(rgb).fill(255, strip * bytes, (strip + 1) * bytes);
    for (const [series, strip] of [
      [0, 2],
      [1, 0],
    ] as const) {
      const { raster } = await readImage(file, { series });
      expect(Buffer.from(raster.data).equals(whitened(strip))).toBe(true);
    }
  });
});

describe.skipIf(!isInstalled)('a slide in JPEG that Bio-Formats reads', () => {
  const TILE = 16;
  const tilesOf = async () => {
    const picture = sharp(rgb, { raw: { ...size, channels: 3 } }).blur(3);
    const parts: Buffer[] = [];
    for (let top = 0; top < HEIGHT; top += TILE)
      for (let left = 0; left < WIDTH; left += TILE)
        parts.push(await picture.clone().extract({ left, top, width: TILE, height: TILE }).jpeg().toBuffer());
    return parts;
  };
  const svs = (parts: Buffer[]) => {
    const starts = parts.map((_, i) => 8 + parts.slice(0, i).reduce((sum, { length }) => sum + length, 0));
    const counts = parts.map(({ length }) => length);
    const tiles = { 322: long(TILE), 323: long(TILE), 324: long(...starts), 325: long(...counts) };
    const tags = { 259: short(7), 530: short(2, 2), 270: text('Aperio Image Library\n|MPP = 0.5'), ...tiles };
    return drawTiff([page({ photometric: 6, pixels: Buffer.concat(parts), tags })]);
  };

  it.each([
    ['is cut short', (tile: Buffer) => tile.subarray(0, -40)],
    ['lost its step in the middle', (tile: Buffer) => Buffer.from(tile).fill(0x55, tile.length - 40, tile.length - 20)],
  ])('has a tile left white that %s, with a warning; all others are as they were', async (_, spoil) => {
    const parts = await tilesOf();
    const sound = await readImage(svs(parts));
    expect([sound.reader, sound.warnings]).toEqual(['bioformats', []]);
    const spoiled = parts.with(7, spoil(parts[7] as Buffer));
    const { raster, warnings } = await readImage(svs(spoiled));
    expect(warnings.map(({ code }) => code)).toEqual(['image_damaged']);
    expect(warnings[0]?.detail).toContain('1 of its 24 tiles');
    const expected = Buffer.from(sound.raster.data);
    for (let row = TILE; row < 2 * TILE; row++)
      expected.fill(255, (row * WIDTH + TILE) * 3, (row * WIDTH + 2 * TILE) * 3);
    expect(Buffer.from(raster.data).equals(expected)).toBe(true);
  });

  it('warns of a region alone that has the damage, and is refused where it is more than a tenth', async () => {
    const parts = await tilesOf();
    const cut = (parts[7] as Buffer).subarray(0, -40);
    const slide = await openSource(svs(parts.with(7, cut)));
    await slide.readRegion({ x: 40, y: 0, width: 40, height: HEIGHT }, 1);
    expect(slide.warnings).toEqual([]);
    await expect(slide.readRegion({ x: 20, y: 20, width: 10, height: 10 }, 1)).rejects.toMatchObject({
      code: 'unreadable_image',
    });
    await slide.close();
    const many = svs(parts.map((part, i) => (i % 4 === 0 ? cut : part)));
    expect(await refusalOf(many)).toContain('6 of its 24 tiles (25 % of the picture) cannot be read');
  });
});
