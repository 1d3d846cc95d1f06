import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawRgb, drawTiff, rational, short, text } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { describeImage } from '../readers/__fixtures__/read-file';
import { encodePng } from './encode-png';
import { readPhys, withPixelSize } from './png-chunks';

const [WIDTH, HEIGHT] = [24, 16];
const rgb = drawRgb(WIDTH, HEIGHT);
const drawn = sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

const told = async (bytes: Buffer) => {
  const { pixelSize, warnings } = await describeImage(bytes);
  return { micronsPerPixel: pixelSize?.micronsPerPixel ?? null, codes: warnings.map(({ code }) => code) };
};
const sized = (micronsPerPixel: number) => ({ micronsPerPixel, codes: [] });
const UNSTATED = { micronsPerPixel: null, codes: [] };
const OBLONG = { micronsPerPixel: null, codes: ['pixels_not_square'] };

const tiffOf = (x: number, y: number, unit: number, description?: string) =>
  drawTiff([
    {
      ...{ width: WIDTH, height: HEIGHT, samples: 3, pixels: rgb },
      tags: {
        ...(description !== undefined && { 270: text(description) }),
        ...{ 282: rational(x), 283: rational(y), 296: short(unit) },
      },
    },
  ]);

describe('TIFF', () => {
  it.each([
    ['no unit, 1 to 1', [1, 1, 1], UNSTATED],
    ['no unit, 4 to 4', [4, 4, 1], UNSTATED],
    ['no unit, 2 to 1', [2, 1, 1], OBLONG],
    ['72 dpi', [72, 72, 2], UNSTATED],
    ['96 dpi', [96, 96, 2], UNSTATED],
    ['centimetres', [40_000, 40_000, 3], sized(0.25)],
    ['inches', [101_600, 101_600, 2], sized(0.25)],
    ['oblong', [40_000, 20_000, 3], OBLONG],
    ['as good as square', [40_000, 40_400, 3], sized(0.25)],
  ] as const)('%s', async (_, [x, y, unit], expected) => {
    expect(await told(tiffOf(x, y, unit))).toEqual(expected);
  });

  it.each([
    ['micron', 4],
    ['microns', 4],
    ['micrometer', 4],
    ['um', 4],
    ['µm', 4],
    ['μm', 4],
    ['\\u00B5m', 4],
    ['mm', 4000],
    ['nm', 0.004],
    ['cm', 40_000],
    ['inch', 101_600],
  ])('ImageJ’s unit %s', async (unit, resolution) => {
    expect(await told(tiffOf(resolution, resolution, 1, `ImageJ=1.54f\nunit=${unit}\nloop=false\n`))).toEqual(
      sized(0.25),
    );
  });

  it('ImageJ’s micro sign as one byte of Latin-1', async () => {
    const utf8 = tiffOf(4, 4, 1, 'ImageJ=1.54f\nunit=µm\n');
    const at = utf8.indexOf('µm');
    // The text is one byte shorter, and its end takes that place.
    utf8.set([0xb5, 0x6d, 0x0a, 0x0a], at);
    expect(await told(utf8)).toEqual(sized(0.25));
  });

  it.each(['pixel', 'constructor', ''])('ImageJ’s unit "%s" states nothing', async (unit) => {
    expect(await told(tiffOf(4, 4, 1, `ImageJ=1.54f\nunit=${unit}\n`))).toEqual(UNSTATED);
  });

  it('ImageJ’s oblong pixels', async () => {
    expect(await told(tiffOf(4, 2, 1, 'ImageJ=1.54f\nunit=um\n'))).toEqual(OBLONG);
  });
});

describe('PNG', () => {
  const pngOf = async (x: number, y: number, unit: number) => {
    const png = withPixelSize(await drawn.clone().png().toBuffer(), 1);
    const at = png.indexOf('pHYs') + 4;
    png.writeUInt32BE(x, at);
    png.writeUInt32BE(y, at + 4);
    png[at + 8] = unit;
    return png;
  };

  it.each([
    ['a ratio', [4_000_000, 4_000_000, 0], UNSTATED],
    ['2835 without a unit', [2835, 2835, 0], UNSTATED],
    ['metres', [4_000_000, 4_000_000, 1], sized(0.25)],
    ['a screen’s', [2835, 2835, 1], UNSTATED],
    ['oblong', [4_000_000, 2_000_000, 1], OBLONG],
    ['an oblong ratio', [1, 2, 0], OBLONG],
    ['nothing', [0, 0, 1], UNSTATED],
  ] as const)('%s', async (_, [x, y, unit], expected) => {
    // The checksum of a chunk without pixels is not compared.
    expect(await told(await pngOf(x, y, unit))).toEqual(expected);
  });

  it.each([0.1, 0.2537, 0.25, 0.4961, 1, 2])(
    'ours states %f µm, to the digit that is used',
    async (micronsPerPixel) => {
      const png = await encodePng({ data: rgb, width: WIDTH, height: HEIGHT, channels: 3 }, micronsPerPixel);
      expect(await told(png)).toEqual(sized(micronsPerPixel));
      expect(png.toString('latin1').match(/pHYs/g)).toHaveLength(1);
    },
  );

  it('ours states nothing where nothing is known', async () => {
    expect(readPhys(await encodePng({ data: rgb, width: WIDTH, height: HEIGHT, channels: 3 }, null))).toBeNull();
  });
});

describe('JPEG', () => {
  const jpegOf = async (unit: number, x: number, y: number) => {
    const jpeg = await drawn.clone().jpeg().toBuffer();
    const jfif = Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\0\0\0\0\0', 'latin1');
    jfif[13] = unit;
    jfif.writeUInt16BE(x, 14);
    jfif.writeUInt16BE(y, 16);
    return Buffer.concat([jfif, jpeg.subarray(2)]);
  };
  it.each([
    ['a ratio', [0, 40_000, 40_000], UNSTATED],
    ['centimetres', [2, 40_000, 40_000], sized(0.25)],
    ['a screen’s', [1, 96, 96], UNSTATED],
    ['oblong', [2, 40_000, 20_000], OBLONG],
    ['an oblong ratio', [0, 1, 2], OBLONG],
  ] as const)('%s', async (_, [unit, x, y], expected) => {
    expect(await told(await jpegOf(unit, x, y))).toEqual(expected);
  });
});
