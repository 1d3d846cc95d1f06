import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '@/lib/errors';
import { type Raster, raster } from '@/lib/imaging/raster';
import { resetEnvForTests } from '@/lib/server/env';
import { decodeImage } from './decode-image';
import { encodePng } from './encode-png';
import { squareSize } from './pixel-sides';
import { withProfile } from './png-chunks';
import { readHeader } from './read-header';
import { sniffFormat } from './sniff-format';

const SHARED = process.env.RESTAIN_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const FORMATS = `${SHARED}/formats`;
const hasFormats = existsSync(FORMATS);
if (!hasFormats) console.log(`skipped: real files need ${FORMATS} (or RESTAIN_SHARED)`);

afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

const decode = async (bytes: Uint8Array) => (await decodeImage(bytes, await readHeader(bytes))).raster;
const pixel = ({ data, width }: Raster, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

/** 3 x 2, each pixel of its own colour. */
const COLOURS = [250, 10, 20, 30, 240, 50, 60, 70, 230, 200, 100, 0, 0, 0, 0, 255, 255, 255];
const drawn = () => sharp(Uint8Array.from(COLOURS), { raw: { width: 3, height: 2, channels: 3 } });

/** The IHDR of a PNG that claims a size. libpng reads nothing else for its header. */
function pngClaiming(width: number, height: number, real: Buffer): Buffer {
  const bytes = Buffer.from(real);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  // The chunk's checksum, by the polynomial of the PNG specification.
  let crc = 0xffffffff;
  for (const byte of bytes.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  bytes.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 29);
  return bytes;
}

/** One row of grey 32-bit floats, which no encoder here writes. */
function floatTiff(samples: readonly number[]): Buffer {
  const entries = [
    [256, samples.length], // width
    [257, 1], // height
    [258, 32], // bits a sample
    [259, 1], // no compression
    [262, 1], // black is zero
    [273, 8], // where the pixels are
    [277, 1], // samples a pixel
    [278, 1], // rows a strip
    [279, 4 * samples.length], // bytes a strip
    [339, 3], // floats
  ] as const;
  const pixels = Buffer.from(Float32Array.from(samples).buffer);
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(header.length + pixels.length, 4);
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length);
  for (const [i, [tag, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i); // a 32-bit integer, one of them
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  return Buffer.concat([header, pixels, directory]);
}

describe('decodeImage', () => {
  it.each([
    ['png', drawn().png()],
    ['palette png', drawn().png({ palette: true })],
    ['webp', drawn().webp({ lossless: true })],
    ['tiff', drawn().tiff({ compression: 'lzw', predictor: 'horizontal' })],
    ['tiled tiff', drawn().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 })],
    ['bigtiff', drawn().tiff({ compression: 'none', bigtiff: true })],
  ])('reads %s to the value, in shared memory', async (_, image) => {
    const { data, width, height, channels } = await decode(await image.toBuffer());
    expect([width, height, channels]).toEqual([3, 2, 3]);
    expect([...data]).toEqual(COLOURS);
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it.each([
    ['jpeg', drawn().resize(48, 32, { kernel: 'nearest' }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' })],
    ['avif', drawn().resize(48, 32, { kernel: 'nearest' }).avif({ quality: 100, chromaSubsampling: '4:4:4' })],
    ['gif', drawn().resize(48, 32, { kernel: 'nearest' }).gif()],
    ['cmyk tiff', drawn().resize(48, 32, { kernel: 'nearest' }).toColourspace('cmyk').tiff({ compression: 'none' })],
  ])('reads %s closely', async (name, image) => {
    const { data, width, height } = await decode(await image.toBuffer());
    expect([width, height]).toEqual([48, 32]);
    const off = name.startsWith('cmyk') ? 90 : 12;
    for (const [x, y, colour] of [
      [8, 8, 0],
      [40, 8, 2],
      [24, 24, 4],
      [40, 24, 5],
    ] as const)
      for (let c = 0; c < 3; c++)
        expect(Math.abs(data[3 * (y * 48 + x) + c]! - COLOURS[3 * colour + c]!)).toBeLessThanOrEqual(off);
  });

  it('applies the orientation, in the header too', async () => {
    const bytes = await drawn().withMetadata({ orientation: 6 }).png().toBuffer();
    const header = await readHeader(bytes);
    const { raster: image } = await decodeImage(bytes, header);
    expect([header.width, header.height, image.width, image.height]).toEqual([2, 3, 2, 3]);
    expect(pixel(image, 1, 0)).toEqual([250, 10, 20]);
  });

  it('lays alpha on white', async () => {
    const rgba = Uint8Array.from([255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 128]);
    const bytes = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    const image = await decode(bytes);
    expect(pixel(image, 0, 0)).toEqual([255, 0, 0]);
    expect(pixel(image, 1, 0)).toEqual([255, 255, 255]);
    expect(Math.abs(image.data[6]! - 127)).toBeLessThanOrEqual(1);
  });

  it('repeats grey in all channels', async () => {
    const bytes = await sharp(Uint8Array.from([0, 100, 255]), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect([...(await decode(bytes)).data]).toEqual([0, 0, 0, 100, 100, 100, 255, 255, 255]);
  });

  it.each([
    ['full 16 bits', [0, 32_896, 65_535], [0, 128, 255]],
    ['12 bits in 16, as cameras store them', [0, 2048, 4095], [0, 128, 255]],
    ['8 bits in 16', [0, 128, 200], [0, 128, 200]],
  ])('scales %s', async (_, samples, expected) => {
    const bytes = await sharp(Uint16Array.from(samples), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await readHeader(bytes)).samples.depth).toBe('ushort');
    expect([...(await decode(bytes)).data].filter((_v, i) => i % 3 === 0)).toEqual(expected);
  });

  it('takes floats of 0 to 1 without a gamma, and what is no number as 0', async () => {
    const image = await decode(floatTiff([0, 0.5, 1, Number.NaN, -3, 0.25]));
    expect([...image.data].filter((_, i) => i % 3 === 0)).toEqual([0, 128, 255, 0, 0, 64]);
  });

  it('takes larger floats as integers', async () => {
    const image = await decode(floatTiff([0, 100, 254.6, Number.POSITIVE_INFINITY]));
    expect([...image.data].filter((_, i) => i % 3 === 0)).toEqual([0, 100, 255, 255]);
  });

  it('keeps the values of an image that says it is sRGB', async () => {
    const bytes = await drawn().withIccProfile('srgb').png().toBuffer();
    expect((await readHeader(bytes)).samples.profile).toBeNull();
    expect([...(await decode(bytes)).data]).toEqual(COLOURS);
  });

  it('applies another ICC profile', async () => {
    const bytes = await drawn().withIccProfile('p3').png().toBuffer();
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    const seen = (await decode(bytes)).data;
    expect([...stored]).not.toEqual(COLOURS);
    for (const [i, value] of seen.entries()) expect(Math.abs(value - COLOURS[i]!)).toBeLessThanOrEqual(4);
  });

  it('applies an ICC profile to 16 bits, too', async () => {
    const colours = [
      [120, 60, 30],
      [60, 90, 170],
      [240, 240, 240],
    ];
    // The same stored numbers in Display P3 are other colours.
    const deep = Uint16Array.from(colours.flat(), (value) => value * 257);
    const raw = { width: 3, height: 1, channels: 3 } as const;
    const profiled = await drawn().withIccProfile('p3').png().toBuffer();
    const { icc } = await sharp(profiled).metadata();
    const plain = await sharp(deep, { raw }).toColourspace('rgb16').png().toBuffer();
    const seen = (await decode(withProfile(plain, icc as Buffer))).data;
    const expected = [129, 56, 21, 51, 91, 176, 240, 240, 240];
    for (const [i, value] of seen.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1);
  });

  it('refuses a file that is cut short, with the reason', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    await expect(decode(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({
      code: 'unreadable_image',
      detail: expect.stringMatching(/^The PNG file is cut short or damaged: .* \(.+\)\.$/),
    });
  });
});

describe('readHeader', () => {
  it('refuses a decompression bomb by its header', async () => {
    const bomb = pngClaiming(60_000, 60_000, await drawn().png().toBuffer());
    await expect(readHeader(bomb)).rejects.toMatchObject({
      code: 'image_too_large',
      detail: 'An image may have 100000000 pixels (100 megapixels), this one has 60000 x 60000 = 3600000000.',
    });
  });

  it('takes an image of exactly the limit', async () => {
    vi.stubEnv('MAX_PIXELS', '6');
    expect(await readHeader(await drawn().png().toBuffer())).toMatchObject({ width: 3, height: 2 });
    resetEnvForTests();
    vi.stubEnv('MAX_PIXELS', '5');
    await expect(readHeader(await drawn().png().toBuffer())).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it.each([
    [0.25, 0.25],
    [0.4961, 0.4961],
    [25_400 / 72, null],
    [25_400 / 300, null],
  ])('believes %f µm per pixel as %s', async (micronsPerPixel, expected) => {
    const density = 25_400 / micronsPerPixel;
    for (const image of [drawn().withMetadata({ density }).png(), drawn().withMetadata({ density }).tiff()]) {
      const read = squareSize((await readHeader(await image.toBuffer())).sides);
      if (expected === null) expect(read).toBeNull();
      else expect(read).toBeCloseTo(expected, 3);
    }
  });

  it.each([
    [
      'SVG',
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
      ),
    ],
    ['SVG', Buffer.from('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "http://host/">]><svg>&x;</svg>')],
    ['PDF', Buffer.from('%PDF-1.7\n')],
    ['PostScript', Buffer.from('%!PS-Adobe-3.0\n')],
    ['HTML or XML', Buffer.from('<html>')],
    ['JPEG 2000', Buffer.from('0000000c6a5020200d0a870a', 'hex')],
    ['a ZIP archive', Buffer.from('PK\x03\x04')],
    ['DICOM', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])],
  ])('refuses %s before any decoder sees it', async (name, bytes) => {
    const error = await readHeader(bytes).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'unreadable_image', detail: expect.stringContaining(`looks like ${name}`) });
  });

  it.each([Buffer.alloc(1), Buffer.alloc(4096), Buffer.from('push graphic-context\nviewbox 0 0 9 9\n')])(
    'refuses what looks like nothing',
    async (bytes) => {
      expect(sniffFormat(bytes)).toEqual({ format: null, looksLike: null });
      await expect(readHeader(bytes)).rejects.toMatchObject({ code: 'unreadable_image' });
    },
  );

  it('cannot be led around the allow-list: other loaders are shut', async () => {
    await expect(sharp(Buffer.from('<svg width="9" height="9"/>')).metadata()).rejects.toThrow();
  });
});

describe('encodePng', () => {
  it('writes RGB of the same size, grey too, from shared memory', async () => {
    const grey = raster(new Uint8Array(new SharedArrayBuffer(6)), 3, 2, 1);
    grey.data.set([0, 50, 100, 150, 200, 255]);
    for (const picture of [grey, raster(Uint8Array.from(COLOURS), 3, 2, 3)]) {
      const png = await encodePng(picture, null);
      // Byte 25 of a PNG is its colour type: 2 is RGB.
      expect(png[25]).toBe(2);
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([3, 2, 3]);
      expect([...data].filter((_, i) => picture.channels === 3 || i % 3 === 0)).toEqual([...picture.data]);
    }
  });
});

describe.skipIf(!hasFormats)('real files', () => {
  /** The reason why this reader cannot open a file; another may. */
  const REFUSED: Record<string, RegExp> = {
    'test-card-lossless.jp2': /looks like JPEG 2000/,
    'lab.tif': /TIFF: .*labq/,
  };
  const files = (folder: string) => (hasFormats ? readdirSync(`${FORMATS}/${folder}`) : []);

  it.each(files('pixels'))('pixels/%s is read, or refused with the reason', { tags: ['long'] }, async (name) => {
    const bytes = readFileSync(`${FORMATS}/pixels/${name}`);
    const reason = REFUSED[name];
    if (reason) {
      await expect(readHeader(bytes)).rejects.toMatchObject({
        code: 'unreadable_image',
        detail: expect.stringMatching(reason),
      });
      return;
    }
    const header = await readHeader(bytes);
    const { raster: image } = await decodeImage(bytes, header);
    expect([image.width, image.height]).toEqual([header.width, header.height]);
    expect(new Set(image.data.subarray(0, 300_000)).size).toBeGreaterThan(1);
  });

  it('scales a float TIFF without a gamma', async () => {
    const image = await decode(readFileSync(`${FORMATS}/pixels/gradient-3c-32b-float.tiff`));
    expect(pixel(image, 0, 0)).toEqual([255, 1, 16]);
  });

  it('knows the pixel size of an OME-TIFF by its resolution tags', async () => {
    expect(squareSize((await readHeader(readFileSync(`${FORMATS}/slides/cells.ome.tif`))).sides)).toBe(0.25);
  });

  it.each(files('broken'))('broken/%s is read or refused within 5 s', async (name) => {
    const started = performance.now();
    const outcome = await decode(readFileSync(`${FORMATS}/broken/${name}`)).catch((error: unknown) => error);
    expect(performance.now() - started).toBeLessThan(5000);
    if (outcome instanceof AppError) expect(['unreadable_image', 'image_too_large']).toContain(outcome.code);
    else expect(outcome).toHaveProperty('channels', 3);
  });
});
