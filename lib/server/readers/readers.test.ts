import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawDicom } from './__fixtures__/draw-dicom';
import { drawTiff, omeXml, rational, short, text } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { HEIGHT, isInstalled, ome, page, plane, refusalOf, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { describeImage, openSource, readImage } from './__fixtures__/read-file';

const planes = (channels: string[]) =>
  drawTiff(
    channels.map((_, c) =>
      page({
        samples: 1,
        pixels: plane(c % 3),
        tags: c === 0 ? { 270: omeXml({ width: WIDTH, height: HEIGHT }, channels) } : {},
      }),
    ),
  );

afterAll(() => getReaders().stop());

describe('the content chooses the reader', () => {
  it('a picture goes to the common reader, whatever its channels or depth', async () => {
    const png = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toBuffer();
    expect(await readImage(png)).toMatchObject({ reader: 'common', format: 'PNG', width: WIDTH, height: HEIGHT });
    const { raster, ...tiff } = await readImage(drawTiff([page()]));
    const whole = { width: WIDTH, height: HEIGHT, downsample: 1, selection: null, warnings: [] };
    expect(tiff).toEqual({ reader: 'common', format: 'TIFF', ...whole, pixelSize: null });
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it('a refusal names both readers, and what the content looks like', async () => {
    const list = 'No reader opens this file. Common formats (PNG, JPEG, WebP, AVIF, HEIC, GIF, TIFF): ';
    expect(await refusalOf(Buffer.from('%PDF-1.7 ...'))).toBe(
      `${list}the content looks like PDF. Bio-Formats: not asked, for the same reason.`,
    );
    // What the decoder says of it ends with a colon.
    expect(await refusalOf(Buffer.from('\x89PNG\r\n\x1a\nrubbish rubbish', 'latin1'))).toBe(
      `${list}PNG: Input buffer has corrupt header. Bio-Formats: not asked, since the common reader knows this kind of file.`,
    );
    expect(await refusalOf(Buffer.from('ZISRAWFILE'), { commonOnly: true })).toBe(
      `${list}the content looks like Zeiss CZI. Bio-Formats: not asked, as the request wants the common reader only (pil).`,
    );
  });

  it('without Bio-Formats the refusal says what to do, and a scanned TIFF is read all the same', async () => {
    vi.stubEnv('BIOFORMATS_DIR', '/nowhere');
    resetEnvForTests();
    try {
      expect(await refusalOf(Buffer.from('ZISRAWFILE'))).toMatch(
        /looks like Zeiss CZI\. Bio-Formats: not installed here\. .*`npm run formats:install` \(it needs Java 17 to 23\)\.$/,
      );
      expect(await readImage(ome)).toMatchObject({ reader: 'common', format: 'OME-TIFF' });
    } finally {
      vi.unstubAllEnvs();
      resetEnvForTests();
    }
  });

  it.each([
    [
      'of two ImageJ channels',
      { 270: text('ImageJ=1.53\nimages=2\nchannels=2\n') },
      'ImageJ TIFF file holds 2 fluorescence',
    ],
    [
      'of a QPTIFF',
      { 270: text('<?xml version="1.0"?><PerkinElmer-QPI-ImageDescription/>') },
      'QPTIFF file holds 1 grey',
    ],
  ])('grey planes %s are no brightfield image', async (_, tags, sentence) => {
    expect(await refusalOf(drawTiff([page({ samples: 1, pixels: plane(0), tags })]))).toContain(sentence);
  });

  it('an NDPI scan with a filter set is fluorescence, though its pixels are RGB', async () => {
    const ndpi = (filterSet: string) => drawTiff([page({ tags: { 65420: short(1), 65434: text(filterSet) } })]);
    expect(await refusalOf(ndpi('TRITC'))).toBe(
      'This Hamamatsu NDPI file holds 1 fluorescence channel. Restain reads brightfield images (RGB).',
    );
    expect(await refusalOf(ndpi(''), { commonOnly: true })).toBe('opened');
  });

  it('what lies beyond the end of the file is said before any reader fills it with black', async () => {
    const svs = drawTiff([page({ tags: { 270: text('Aperio Image Library\nMPP = 0.5') } })]);
    const cut = Buffer.from(svs);
    cut.writeUInt32LE(0x7fffffff, cut.indexOf(Buffer.from([0x11, 0x01, 4, 0, 1, 0, 0, 0])) + 8);
    expect(await refusalOf(cut)).toContain('Aperio SVS: 1 of its 1 strips lie beyond the end of the file');
  });
});

describe('the pixel size', () => {
  it.each([
    [
      'of OME-XML',
      { 270: omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3, micrometres: 0.25 }) },
      'OME-XML',
      0.25,
    ],
    ['of Aperio', { 270: text('Aperio Image Library\n|AppMag = 20|MPP = 0.499') }, 'Aperio description', 0.499],
    [
      'of ImageJ',
      { 270: text('ImageJ=1.53\nunit=micron\n'), 282: rational(4), 283: rational(4) },
      'ImageJ description',
      0.25,
    ],
    ['in pixels a centimetre', { 282: rational(20000), 283: rational(20000), 296: short(3) }, 'TIFF resolution', 0.5],
    ['in dots an inch', { 282: rational(50800), 283: rational(50800), 296: short(2) }, 'TIFF resolution', 0.5],
    ['of a printer', { 282: rational(300), 283: rational(300), 296: short(2) }, null, null],
    ['of pixels that are not square', { 282: rational(20000), 283: rational(25000), 296: short(3) }, null, null],
  ] as const)('%s', async (_, tags, statedBy, micronsPerPixel) => {
    const { pixelSize } = await describeImage(drawTiff([page({ tags })]), { commonOnly: true });
    expect(pixelSize).toEqual(statedBy && { statedBy, micronsPerPixel });
  });
});

describe.skipIf(!isInstalled)('Bio-Formats', () => {
  it('reads an RGB OME-TIFF to the byte', async () => {
    const { raster, ...rest } = await readImage(ome);
    const pixelSize = { micronsPerPixel: 0.25, statedBy: 'OME-XML' };
    const whole = { width: WIDTH, height: HEIGHT, downsample: 1, selection: null, warnings: [] };
    expect(rest).toEqual({ reader: 'bioformats', format: 'OME-TIFF', ...whole, pixelSize });
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it.each([
    ['unspecified', 0, (i: number) => i % 251],
    ['alpha that is 0 everywhere', 2, () => 0],
    ['alpha that is opaque', 2, () => 255],
  ])('a fourth sample of %s hides nothing', async (_, kind, fill) => {
    const pixels = Buffer.alloc(WIDTH * HEIGHT * 4);
    for (let i = 0; i < WIDTH * HEIGHT; i++) pixels.set([...rgb.subarray(3 * i, 3 * i + 3), fill(i)], 4 * i);
    const description = omeXml({ width: WIDTH, height: HEIGHT }, ['RGBA'], { samples: 4 });
    const file = drawTiff([page({ samples: 4, pixels, tags: { 270: description, 338: short(kind) } })]);
    const { raster, reader } = await readImage(file);
    expect(reader).toBe('bioformats');
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it('takes three channels named red, green and blue as one picture, and three of other names as fluorescence', async () => {
    const { raster } = await readImage(planes(['Red', 'green', 'B']));
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
    expect(await refusalOf(planes(['DAPI', 'FITC', 'TRITC']))).toContain('holds 3 fluorescence channels');
    expect(await refusalOf(planes(['DAPI']))).toContain('holds 1 grey channel.');
  });

  it.each([
    ['without names', ['', '', '']],
    ['that are only numbered', ['Channel 0', 'Channel 1', 'Channel 2']],
    ['of other numbers', ['C:1', 'C:2', 'C:3']],
  ])('takes three channels %s as red, green and blue when a person says so, and says how', async (_, names) => {
    const file = planes(names);
    expect(await refusalOf(file)).toBe(
      'This OME-TIFF file holds 3 channels without names, which might be fluorescence. If they are the red, green and ' +
        'blue of a brightfield picture, send channels=rgb.',
    );
    const { raster } = await readImage(file, { channels: 'rgb' });
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it('does not take named channels, or two, or four, for red, green and blue on anyone’s word', async () => {
    for (const names of [
      ['DAPI', 'FITC', 'TRITC'],
      ['', ''],
      ['', '', '', ''],
    ])
      expect(await refusalOf(planes(names), { channels: 'rgb' })).toContain(`${names.length} fluorescence channels`);
  });

  it('the three channels of an ImageJ composite likewise, 8 bits deep or 16', async () => {
    const composite = (bits: 8 | 16) => {
      const tags = { 270: text('ImageJ=1.54f\nimages=3\nchannels=3\nmode=composite\n') };
      const deep = (c: number) => Buffer.from(Uint16Array.from(plane(c), (value) => value * 257).buffer);
      const pixels = (c: number) => (bits === 8 ? plane(c) : deep(c));
      return drawTiff([0, 1, 2].map((c) => page({ samples: 1, bits, pixels: pixels(c), tags: c === 0 ? tags : {} })));
    };
    for (const bits of [8, 16] as const) {
      expect(await refusalOf(composite(bits))).toContain('This ImageJ TIFF file holds 3 channels without names');
      const { raster } = await readImage(composite(bits), { channels: 'rgb' });
      expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
    }
  });

  it('scales deep samples by the smallest usual depth that holds the largest, as the common reader does', async () => {
    const deep = Buffer.alloc(rgb.length * 2);
    for (const [i, value] of rgb.entries()) deep.writeUInt16LE(value * 16, i * 2);
    const xml = omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3, type: 'uint16' });
    const bytes = drawTiff([page({ bits: 16, pixels: deep, tags: { 270: xml } })]);
    const [one, other] = [await readImage(bytes), await readImage(bytes, { commonOnly: true })];
    expect([one.reader, other.reader]).toEqual(['bioformats', 'common']);
    expect(Buffer.from(one.raster.data).equals(Buffer.from(other.raster.data))).toBe(true);
    expect(one.raster.data[3]).toBe(Math.round((7 * 16 * 255) / 4095));
  });

  it('reads any region, at full size and reduced, as a part of the whole', async () => {
    const slide = await openSource(ome);
    const region = { x: 10, y: 20, width: 40, height: 30 };
    const part = await slide.readRegion(region, 1);
    const expected = Buffer.concat(
      Array.from({ length: 30 }, (_, row) =>
        rgb.subarray(((20 + row) * WIDTH + 10) * 3, ((20 + row) * WIDTH + 50) * 3),
      ),
    );
    expect(Buffer.from(part.data).equals(expected)).toBe(true);
    expect(await slide.readRegion(region, 4)).toMatchObject({ width: 10, height: 8 });
    for (const outside of [
      { ...region, x: 60 },
      { ...region, y: -1 },
      { ...region, width: 0.5 },
    ])
      await expect(slide.readRegion(outside, 1)).rejects.toMatchObject({ code: 'invalid_option' });
    await slide.close();
  });

  it('opens the middle focal plane, or the one that is asked for', async () => {
    const shades = [10, 20, 30].map((shade) => Buffer.alloc(rgb.length, shade));
    const xml = omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3, z: 3 });
    const stack = drawTiff(shades.map((pixels, z) => page({ pixels, tags: z === 0 ? { 270: xml } : {} })));
    const shadeOf = async (options: object) => (await readImage(stack, options)).raster.data[0];
    expect([await shadeOf({}), await shadeOf({ plane: 2 })]).toEqual([20, 30]);
    await expect(readImage(stack, { plane: 3 })).rejects.toMatchObject({ code: 'invalid_option' });
  });

  it('reads a tiled DICOM slide with its pixel size, alone or as a series without its label', async () => {
    const drawn = { width: WIDTH, height: HEIGHT, tile: 32, rgb: await smooth() };
    const dicom = await drawDicom(drawn);
    const { raster, pixelSize } = await readImage(dicom);
    expect(pixelSize).toEqual({ micronsPerPixel: 0.5, statedBy: 'DICOM pixel spacing' });
    let difference = 0;
    for (let i = 0; i < drawn.rgb.length; i++)
      difference = Math.max(difference, Math.abs((raster.data[i] ?? Number.NaN) - (drawn.rgb[i] ?? Number.NaN)));
    expect(difference).toBeLessThan(16);

    const label = await drawDicom({ ...drawn, imageType: 'ORIGINAL\\PRIMARY\\LABEL\\NONE' });
    expect(await refusalOf(label)).toContain('a label or overview picture');
    expect(await refusalOf(await drawDicom({ ...drawn, isTiledFull: false }))).toContain(
      'does not state where they lie',
    );
    const series = drawZip([
      { name: 'DCM_0', bytes: label },
      { name: 'DCM_1', bytes: dicom },
    ]);
    expect(await readImage(series)).toMatchObject({ format: 'DICOM', width: WIDTH, height: HEIGHT });
  });

  it('opens a stored slide from its path, and leaves the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slides-test-'));
    const path = join(folder, 'object-without-ending');
    await writeFile(path, ome);
    expect(Buffer.from((await readImage({ path })).raster.data).equals(rgb)).toBe(true);
    expect(readFileSync(path).equals(ome)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('refuses a slide over the pixel limit, with the limit and the size, before any pixel is read', async () => {
    vi.stubEnv('MAX_PIXELS', '1000');
    resetEnvForTests();
    try {
      await expect(describeImage(ome)).rejects.toMatchObject({
        code: 'image_too_large',
        detail: expect.stringMatching(/1000 pixels .* 96 x 64 = 6144\. Send a region of it\.$/),
      });
    } finally {
      vi.unstubAllEnvs();
      resetEnvForTests();
    }
  });
});

/** A smooth picture, which JPEG hardly changes. */
async function smooth(): Promise<Buffer> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) pixels.set([i % WIDTH, Math.floor(i / WIDTH) * 3, 200], i * 3);
  return pixels;
}
