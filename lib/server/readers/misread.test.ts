import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { withProfile } from '@/lib/server/images/png-chunks';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { jpegColour } from '@/lib/server/readers/codecs/jpeg-colour';
import { drawDicom } from './__fixtures__/draw-dicom';
import { drawTiff, long, omeXml, rational, short, text } from './__fixtures__/draw-tiff';
import { HEIGHT, isInstalled, page, refusalOf, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { readImage } from './__fixtures__/read-file';

afterAll(() => getReaders().stop());

const size = { width: WIDTH, height: HEIGHT };
const ROWS = 16;
const STRIP = WIDTH * ROWS * 3;

/** Smooth, so that JPEG keeps it. */
const smooth = Buffer.alloc(rgb.length);
for (let i = 0; i < WIDTH * HEIGHT; i++) smooth.set([100 + (i % WIDTH), 3 * Math.floor(i / WIDTH), 60], i * 3);

/** The same in YCbCr of full range. */
const ycc = Buffer.alloc(smooth.length);
for (let i = 0; i < smooth.length; i += 3) {
  const [r = 0, g = 0, b = 0] = smooth.subarray(i, i + 3);
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  ycc.set([y, 128 + 0.5643 * (b - y), 128 + 0.7133 * (r - y)].map(Math.round), i);
}

const jpegOf = (pixels: Buffer, height: number) =>
  sharp(pixels, { raw: { width: WIDTH, height, channels: 3 } })
    .jpeg({ quality: 97, chromaSubsampling: '4:4:4' })
    .toBuffer();

/** 16 x 16 pixels, lossless. */
const J2K =
  '/0//UQAvAAAAAAAQAAAAEAAAAAAAAAAAAAAAEAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEAAAQEAAH/XAAEQED/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAADTAAH/k8+1WDu5Dyv55mIvu9CkAAAYSEoaipK8FzkjCQlCf6zkAAAAAGEhKXEQwkJeGjoAAYRzj/H6KcI+5TRH3KaJCXxg4AAAwjnH+P0U4R9ymiQl4rPgABhIS/9/w+d2EVBTGQqstxFgJ721svBQ/zc2zb3wAAAAYSEj9XAAAwkJKL+KEABhHfKYR9ymiPuU0SEog4RAGEhL/3/H1FYUAFsZCqxU19zVJLolBMMhAAAwkJVhQlUNhFnwwj2lQI+5TRH3KaI/pNwP/9k=';

/** The JFIF marker, which sharp does not write. */
const JFIF = Buffer.from('ffe000104a46494600010100000100010000', 'hex');

const pixelsOf = async (bytes: Buffer, options = {}) => Buffer.from((await readImage(bytes, options)).raster.data);

function largestDifference(one: Buffer, other: Buffer): number {
  expect(one.length).toBe(other.length);
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? Number.NaN))), 0);
}

describe('missing strips are white', () => {
  const whitened = (pixels: Buffer) => Buffer.from(pixels).fill(255, STRIP, 2 * STRIP);
  const strips = (offsets: number[], counts: number[]) => ({
    273: long(...offsets),
    278: long(ROWS),
    279: long(...counts),
  });
  const at = (i: number) => 8 + i * STRIP;

  it.skipIf(!isInstalled).each([
    ['offset and byte count', strips([at(0), 0, at(2), at(3)], [STRIP, 0, STRIP, STRIP])],
    ['the byte count alone', strips([at(0), at(1), at(2), at(3)], [STRIP, 0, STRIP, STRIP])],
    ['the offset alone', strips([at(0), 0, at(2), at(3)], [STRIP, STRIP, STRIP, STRIP])],
  ])('where %s is 0', async (_, tags) => {
    expect((await pixelsOf(drawTiff([page({ tags })]))).equals(whitened(rgb))).toBe(true);
    const region = { x: 3, y: 10, width: 20, height: 20 };
    const part = await pixelsOf(drawTiff([page({ tags })]), { region });
    const expected = await sharp(whitened(rgb), { raw: { ...size, channels: 3 } })
      .extract({ left: 3, top: 10, width: 20, height: 20 })
      .raw()
      .toBuffer();
    expect(part.equals(expected)).toBe(true);
  });

  it('in JPEG, too, with no other reader than the common one', async () => {
    const parts = await Promise.all([0, 2, 3].map((i) => jpegOf(smooth.subarray(i * STRIP, (i + 1) * STRIP), ROWS)));
    const [one = 0, two = 0, three = 0] = parts.map(({ length }) => length);
    const tags = {
      ...strips([8, 0, 8 + one, 8 + one + two], [one, 0, two, three]),
      259: short(7),
    };
    const file = drawTiff([page({ photometric: 6, pixels: Buffer.concat(parts), tags })]);
    expect(largestDifference(await pixelsOf(file, { commonOnly: true }), whitened(smooth))).toBeLessThan(12);
  });
});

describe('the colours of JPEG in TIFF', () => {
  it.each([
    ['an Adobe marker of transform 0', { adobe: 0, isJfif: true }, 'ycc', 'rgb'],
    ['an Adobe marker of transform 1', { adobe: 1 }, 'rgb', 'ycc'],
    ['a JFIF marker', { isJfif: true }, 'rgb', 'ycc'],
    ['components R, G and B', { ids: [82, 71, 66] }, 'ycc', 'rgb'],
    ['colour at half the resolution', { isSubsampled: true }, 'rgb', 'ycc'],
    ['nothing but the tag', {}, 'rgb', 'rgb'],
    ['nothing but the other tag', {}, 'ycc', 'ycc'],
  ] as const)('are told by %s', (_, head, tag, colour) => {
    expect(jpegColour({ adobe: null, isJfif: false, ids: [1, 2, 3], isSubsampled: false, ...head } as never, tag)).toBe(
      colour,
    );
  });

  it('are those of the stream where the tag says RGB, in plain TIFF and in OME-TIFF', async () => {
    const bare = await jpegOf(smooth, HEIGHT);
    const jpeg = Buffer.concat([bare.subarray(0, 2), JFIF, bare.subarray(2)]);
    const xml = omeXml(size, ['RGB'], { samples: 3 });
    for (const description of isInstalled ? [{}, { 270: xml }] : [{}]) {
      const tags = { 259: short(7), 279: long(jpeg.length), ...description };
      const file = drawTiff([page({ photometric: 2, pixels: jpeg, tags })]);
      expect(largestDifference(await pixelsOf(file), smooth)).toBeLessThan(12);
    }
  });
});

describe('an Adobe marker in a JPEG in TIFF decides', () => {
  /** A byte that belongs to no segment follows, which decoders skip. */
  const marked = async (transform: number) => {
    const bare = await jpegOf(smooth, HEIGHT);
    const adobe = Buffer.from(`ffee000e41646f626500640000000000${'00'}`, 'hex');
    adobe[15] = transform;
    return Buffer.concat([bare.subarray(0, 2), adobe, bare.subarray(2)]);
  };
  it.each([
    ['YCbCr under a tag that says RGB', 1, 2, smooth],
    ['YCbCr under its own tag', 1, 6, smooth],
    ['RGB under a tag that says YCbCr', 0, 6, ycc],
    ['RGB under its own tag', 0, 2, ycc],
  ])('%s', async (_, transform, photometric, expected) => {
    const pixels = await marked(transform);
    const file = drawTiff([page({ photometric, pixels, tags: { 259: short(7), 530: short(1, 1) } })]);
    expect(largestDifference(await pixelsOf(file, { commonOnly: true }), expected)).toBeLessThan(12);
  });
});

describe.skipIf(!isInstalled)('YCbCr in TIFF without JPEG', () => {
  const whole = { 530: short(1, 1) };
  const limited = Buffer.from(ycc.map((v, i) => (i % 3 === 0 ? 16 + (v * 219) / 255 : 128 + ((v - 128) * 112) / 127)));
  const parts = [0, 1, 2, 3].map((i) => deflateSync(ycc.subarray(i * STRIP, (i + 1) * STRIP)));
  const starts = parts.map((_, i) => 8 + parts.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const deflated = { 259: short(8), 273: long(...starts), 278: long(ROWS), 279: long(...parts.map((p) => p.length)) };
  it.each([
    ['stored as it is', ycc, whole],
    ['with the range stated', ycc, { ...whole, 532: rational(0, 255, 128, 255, 128, 255) }],
    ['of a partial range', limited, { ...whole, 532: rational(16, 235, 128, 240, 128, 240) }],
    ['deflated in strips', Buffer.concat(parts), { ...whole, ...deflated }],
    ['in an OME-TIFF', ycc, { ...whole, 270: omeXml(size, ['RGB'], { samples: 3 }) }],
  ])('is converted: %s', async (_, pixels, tags) => {
    const file = drawTiff([page({ photometric: 6, pixels, tags })]);
    expect(largestDifference(await pixelsOf(file), smooth)).toBeLessThan(5);
  });

  it.each([
    ['subsampled 2 x 1', { 530: short(2, 1) }, /colour at a lower resolution \(subsampling 2 x 1\)/],
    ['without the tag, which means 2 x 2', {}, /colour at a lower resolution \(subsampling 2 x 2\)/],
    ['in planes', { ...whole, 284: short(2) }, /YCbCr without JPEG, in planes/],
  ])('is refused by name: %s', async (_, tags, sentence) => {
    expect(await refusalOf(drawTiff([page({ photometric: 6, tags })]))).toMatch(sentence);
  });

  /** Four squares of one colour each, YCbCr, in a codestream without a transform. */
  const tile = Buffer.from(J2K, 'base64');
  it.each([
    ['the registered number', 34712],
    ['Aperio’s', 33003],
  ])('in JPEG 2000 has no subsampling but the codestream’s: %s', async (_, compression) => {
    const tags = { 259: short(compression) };
    const file = drawTiff([page({ width: 16, height: 16, photometric: 6, pixels: tile, tags })]);
    const seen = await pixelsOf(file);
    const corner = (x: number, y: number) => [...seen.subarray((y * 16 + x) * 3, (y * 16 + x) * 3 + 3)];
    expect([corner(0, 0), corner(15, 15)]).toEqual([
      [209, 126, 118],
      [230, 230, 230],
    ]);
  });
});

it.skipIf(!isInstalled)('a profile is applied, whichever reader', async () => {
  const raw = sharp(smooth, { raw: { ...size, channels: 3 } });
  const { icc = Buffer.alloc(0) } = await sharp(await raw.clone().withIccProfile('p3').png().toBuffer()).metadata();
  const seen = sharp(withProfile(await raw.clone().png().toBuffer(), icc))
    .toColourspace('srgb')
    .raw();
  const expected = await seen.toBuffer();
  expect(largestDifference(expected, smooth)).toBeGreaterThan(10);
  const padded = Buffer.concat([icc, Buffer.alloc(-icc.length & 3)]);
  const words = Array.from({ length: padded.length / 4 }, (_, i) => padded.readUInt32LE(4 * i));
  const profiled = { 34675: long(...words) };
  const xml = omeXml(size, ['RGB'], { samples: 3 });
  for (const [one, tolerance] of [
    [page({ pixels: smooth, tags: { ...profiled, 270: xml } }), 0],
    [page({ pixels: ycc, photometric: 6, tags: { ...profiled, 530: short(1, 1) } }), 8],
  ] as const)
    expect(largestDifference(await pixelsOf(drawTiff([one])), expected)).toBeLessThanOrEqual(tolerance);
});

it('samples beyond the colours that no tag explains are no damage', async () => {
  for (const samples of [4, 5]) {
    const pixels = Buffer.alloc(WIDTH * HEIGHT * samples);
    for (let i = 0; i < WIDTH * HEIGHT; i++) rgb.copy(pixels, i * samples, i * 3, i * 3 + 3);
    const file = drawTiff([page({ samples, photometric: 2, pixels, tags: { 338: null } })]);
    expect((await pixelsOf(file, { commonOnly: true })).equals(rgb)).toBe(true);
  }
});

it('a JPEG tile that is cut short or changed stays white, with a warning', async () => {
  const tile = 16;
  const whole = sharp(smooth, { raw: { ...size, channels: 3 } });
  const parts: Buffer[] = [];
  for (let top = 0; top < HEIGHT; top += tile)
    for (let left = 0; left < WIDTH; left += tile)
      parts.push(
        await whole.clone().extract({ left, top, width: tile, height: tile }).jpeg({ quality: 97 }).toBuffer(),
      );
  parts[7] = parts[7]?.subarray(0, -40) ?? Buffer.alloc(0);
  const starts = parts.map((_, i) => 8 + parts.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const tiles = { 322: long(tile), 323: long(tile), 324: long(...starts), 325: long(...parts.map((p) => p.length)) };
  const tags = { 259: short(7), 530: short(2, 2), ...tiles };
  const file = drawTiff([page({ photometric: 6, pixels: Buffer.concat(parts), tags })]);
  const { raster, warnings } = await readImage(file);
  expect(warnings.map(({ code }) => code)).toEqual(['image_damaged']);
  expect(warnings[0]?.detail).toContain('1 of its 24 tiles');
  expect([...raster.data.subarray((20 * WIDTH + 20) * 3, (20 * WIDTH + 20) * 3 + 3)]).toEqual([255, 255, 255]);
});

describe('which page is the picture', () => {
  const small = { width: WIDTH / 2, height: HEIGHT / 2 };
  const thumbnail = (extra = {}) =>
    page({ ...small, pixels: Buffer.alloc(small.width * small.height * 3, 90), tags: extra });

  it.each([
    ['a reduced copy comes first', [thumbnail({ 254: long(1) }), page()]],
    ['a mask comes first', [page({ tags: { 254: long(4) }, pixels: Buffer.alloc(rgb.length) }), page()]],
    ['a pyramid is stored small first', [thumbnail(), page()]],
    [
      'a reduced copy of another shape comes first',
      [page({ width: 40, height: 40, pixels: Buffer.alloc(4800), tags: { 254: long(1) } }), page()],
    ],
    ['all are called reduced', [page({ tags: { 254: long(1) } }), thumbnail({ 254: long(1) })]],
    ['the first is the larger', [page(), thumbnail()]],
  ])('when %s', async (_, pages) => {
    expect((await pixelsOf(drawTiff(pages), { commonOnly: true })).equals(rgb)).toBe(true);
  });

  it('a page of another shape, not much larger, is another picture', async () => {
    const other = page({ width: WIDTH, height: WIDTH, pixels: Buffer.alloc(WIDTH * WIDTH * 3) });
    expect((await pixelsOf(drawTiff([page(), other]), { commonOnly: true })).equals(rgb)).toBe(true);
  });

  it('its pixel size is taken, not that of the thumbnail', async () => {
    const stated = (perCentimetre: number) => ({
      282: rational(perCentimetre),
      283: rational(perCentimetre),
      296: short(3),
    });
    const file = drawTiff([thumbnail({ 254: long(1), ...stated(10_000) }), page({ tags: stated(40_000) })]);
    expect((await readImage(file)).pixelSize?.micronsPerPixel).toBe(0.25);
  });
});

describe('a camera’s raw picture is refused by its name', () => {
  const mosaic = page({ samples: 1, photometric: 32803, pixels: Buffer.alloc(WIDTH * HEIGHT) });
  it.each([
    ['DNG', drawTiff([page({ tags: { 50706: short(1) } }), mosaic])],
    ['DNG', drawTiff([page({ photometric: 34892, tags: { 50706: short(1) } })])],
    ['Nikon NEF', drawTiff([page({ tags: { 254: long(1), 271: text('NIKON CORPORATION') } }), mosaic])],
    ['Sony ARW', drawTiff([page({ tags: { 271: text('SONY') } }), mosaic])],
    ['Canon CR2', Buffer.from('II*\0\x10\0\0\0CR\x02\0', 'latin1')],
    ['Canon CR3', Buffer.from('\0\0\0\x18ftypcrx \0\0\0\x01crx isom', 'latin1')],
    ['Olympus ORF', Buffer.from('IIRO\x08\0\0\0', 'latin1')],
    ['Panasonic RW2', Buffer.from('IIU\0\x18\0\0\0', 'latin1')],
    ['Fujifilm RAF', Buffer.from('FUJIFILMCCD-RAW 0201', 'latin1')],
  ])('%s', async (name, bytes) => {
    expect(await refusalOf(bytes)).toContain(`This is a camera's raw picture (${name})`);
  });
});

describe('other refusals say what is true', () => {
  it.each([
    ['old-style JPEG', drawTiff([page({ tags: { 259: short(6) } })]), /old-style JPEG \(compression 6\)/],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), /The HEIC file is cut short or damaged: /],
    ['HEIC by a generic brand', Buffer.from('\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'latin1'), /The HEIC file is cut/],
    [
      'HEIC sequence',
      Buffer.from('\0\0\0\x18ftyphevc\0\0\0\0mif1heic', 'latin1'),
      /HEIC sequence: .* Save the picture/,
    ],
    ['HEIF sequence', Buffer.from('\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc', 'latin1'), /This is a HEIC sequence/],
    ['a video', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp41', 'latin1'), /looks like a video \(MP4 or MOV\)/],
  ])('%s', async (_, bytes, sentence) => {
    expect(await refusalOf(bytes)).toMatch(sentence);
  });
});

describe.skipIf(!isInstalled)('orientation, whichever reader', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i', async (orientation) => {
    const plain = drawTiff([page({ tags: { 274: short(orientation) } })]);
    const xml = omeXml(size, ['RGB'], { samples: 3 });
    const ome = drawTiff([page({ tags: { 274: short(orientation), 270: xml } })]);
    const [one, other] = [await readImage(plain), await readImage(ome)];
    expect([one.reader, other.reader]).toEqual(['common', 'bioformats']);
    expect([other.width, other.height]).toEqual([one.width, one.height]);
    expect(Buffer.from(other.raster.data).equals(Buffer.from(one.raster.data))).toBe(true);
    const region = { x: 5, y: 9, width: 30, height: 20 };
    expect((await pixelsOf(ome, { region })).equals(await pixelsOf(plain, { region }))).toBe(true);
  });
});

describe.skipIf(!isInstalled)('uncompressed DICOM', () => {
  const planar = (pixels: Buffer) =>
    Buffer.concat([0, 1, 2].map((c) => Buffer.from(pixels.filter((_, i) => i % 3 === c))));
  const draw = (photometric: string, layout: 0 | 1, pixels: Buffer) =>
    drawDicom({ ...size, tile: WIDTH, rgb: smooth, raw: { photometric, planar: layout, pixels } });

  it.each([
    ['RGB', 0, smooth],
    ['RGB', 1, planar(smooth)],
    ['YBR_FULL', 0, ycc],
    ['YBR_FULL', 1, planar(ycc)],
  ] as const)('in %s, planar configuration %i', async (photometric, layout, pixels) => {
    expect(largestDifference(await pixelsOf(await draw(photometric, layout, pixels)), smooth)).toBeLessThan(3);
  });

  it('or JPEG called RGB that says nothing itself is refused by its name', async () => {
    const jpeg = drawDicom({ ...size, tile: 32, rgb: smooth, photometric: 'RGB' });
    expect(await refusalOf(await jpeg)).toMatch(/says that its JPEG is RGB, but the JPEG itself does not/);
  });

  it('packed to 4:2:2 is refused by its name', async () => {
    const packed = await draw('YBR_FULL_422', 0, Buffer.alloc(WIDTH * HEIGHT * 2));
    expect(await refusalOf(packed)).toMatch(/as uncompressed YBR_FULL_422, which is not read here/);
  });
});

describe.skipIf(!isInstalled)('BMP of run lengths or 16 bits', () => {
  /** A picture of 4 x 2 pixels, stored from the bottom row up. */
  const draw = (bits: number, compression: number, palette: Buffer, pixels: Buffer) => {
    const head = Buffer.alloc(54);
    head.write('BM', 'latin1');
    head.writeUInt32LE(54 + palette.length + pixels.length, 2);
    head.writeUInt32LE(54 + palette.length, 10);
    head.writeUInt32LE(40, 14);
    head.writeInt32LE(4, 18);
    head.writeInt32LE(2, 22);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(bits, 28);
    head.writeUInt32LE(compression, 30);
    head.writeUInt32LE(pixels.length, 34);
    return Buffer.concat([head, palette, pixels]);
  };
  const palette = Buffer.from([0, 0, 0, 0, 10, 20, 30, 0, 70, 80, 90, 0]);
  const [a, b, black] = [
    [30, 20, 10],
    [90, 80, 70],
    [0, 0, 0],
  ];

  it('RLE8: runs, literal stretches, moves', async () => {
    const rows = Buffer.from([3, 1, 1, 2, 0, 0, 0, 3, 1, 2, 1, 0, 0, 2, 1, 0, 0, 1]);
    expect([...(await pixelsOf(draw(8, 1, palette, rows)))]).toEqual([a, b, a, black, a, a, a, b].flat());
  });

  it('RLE4: two colours a run, by turns', async () => {
    const rows = Buffer.from([4, 0x12, 0, 0, 0, 4, 0x11, 0x22, 0, 1]);
    expect([...(await pixelsOf(draw(4, 2, palette, rows)))]).toEqual([a, a, b, b, a, b, a, b].flat());
  });

  it('5 bits a colour, and 5, 6, 5 by masks', async () => {
    const words = (red: number, blue: number) =>
      Buffer.from(new Uint16Array([red, red, blue, blue, red, red, red, blue]).buffer);
    const masks = Buffer.alloc(12);
    for (const [i, mask] of [0xf800, 0x07e0, 0x001f].entries()) masks.writeUInt32LE(mask, i * 4);
    const expected = [1, 1, 1, 0, 1, 1, 0, 0].flatMap((isRed) => (isRed ? [255, 0, 0] : [0, 0, 255]));
    expect([...(await pixelsOf(draw(16, 0, Buffer.alloc(0), words(0x7c00, 0x1f))))]).toEqual(expected);
    expect([...(await pixelsOf(draw(16, 3, masks, words(0xf800, 0x1f))))]).toEqual(expected);
  });

  it('cut short is refused', async () => {
    expect(await refusalOf(draw(8, 1, palette, Buffer.from([3, 1])))).toContain('cut short');
  });
});
