import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { drawDicom } from './__fixtures__/draw-dicom';
import { type DrawnPage, drawRgb, drawTiff, omeXml, rational, short, text } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { findBioformats, getBioformatsProcess } from './bioformats-process';
import { openSlide } from './choose-reader';
import { labToRgb } from './lab';
import { describeImage, readImage } from './read-image';

const WIDTH = 96;
const HEIGHT = 64;
const rgb = drawRgb(WIDTH, HEIGHT);
const page = (extra: Partial<DrawnPage> = {}): DrawnPage => ({
  width: WIDTH,
  height: HEIGHT,
  samples: 3,
  pixels: rgb,
  ...extra,
});
const ome = drawTiff([page({ tags: { 270: omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3 }) } })]);
const plane = (channel: number) => Buffer.from(rgb.filter((_, i) => i % 3 === channel));
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

const ourFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`restain-${process.pid}-`));
const refusalOf = async (bytes: Uint8Array, options = {}) =>
  readImage(bytes, options).then(
    () => 'opened',
    (error: { code?: string; message: string }) => (error.code === 'unreadable_image' ? error.message : error),
  );

const isInstalled = findBioformats() !== null;
if (!isInstalled) console.log('Skipped in part: Bio-Formats is not installed (npm run formats:install).');

afterAll(() => getBioformatsProcess().stop());

describe('the content chooses the reader', () => {
  it('a picture goes to the common reader, whatever its channels or depth', async () => {
    const png = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toBuffer();
    expect(await readImage(png)).toMatchObject({ reader: 'common', format: 'PNG', width: WIDTH, height: HEIGHT });
    const { raster, ...tiff } = await readImage(drawTiff([page()]));
    expect(tiff).toEqual({ reader: 'common', format: 'TIFF', width: WIDTH, height: HEIGHT, pixelSize: null });
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it('a refusal names both readers, and what the content looks like', async () => {
    const list = 'No reader opens this file. Common formats (PNG, JPEG, WebP, AVIF, GIF, TIFF): ';
    expect(await refusalOf(Buffer.from('%PDF-1.7 ...'))).toBe(
      `${list}the content looks like PDF. Bio-Formats: not asked, for the same reason.`,
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

describe('a ZIP', () => {
  const tiff = drawTiff([page()]);
  const zip = (...names: string[]) => drawZip(names.map((name) => ({ name, bytes: tiff })));

  it('of one picture is that picture, whatever else the archiver put in', async () => {
    const { format, raster } = await readImage(zip('a/b/slide.tif', '__MACOSX/a/._slide.tif', '.DS_Store'));
    expect(format).toBe('TIFF');
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it.each([
    ['two slides', zip('a.tif', 'b.tif'), 'This ZIP holds 2 images. Send one slide at a time'],
    ['a MIRAX slide, whose JPEG shows the glass', zip('s.mrxs', 's/Slidedat.ini'), 'holds a MIRAX (MRXS) slide'],
    [
      'nothing to read',
      drawZip([
        { name: 'a.txt', bytes: Buffer.from('hi') },
        { name: 'b.txt', bytes: Buffer.from('ho') },
      ]),
      'no file in it is an image',
    ],
    ['a name that climbs out', zip('../../evil.tif'), 'is damaged, or refers outside itself'],
    ['an absolute name', zip('/tmp/evil.tif'), 'is damaged, or refers outside itself'],
    ['a name of a Windows path', zip('..\\evil.tif'), 'is damaged, or refers outside itself'],
    ['a name with a tab in it', zip('a\tb.tif'), 'a name that is no plain path'],
    ['a link', drawZip([{ name: 'a.tif', bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]), 'it holds a link'],
    ['an encrypted file', drawZip([{ name: 'a.tif', bytes: tiff, isEncrypted: true }]), 'it is encrypted'],
    ['two files of one name', zip('a.tif', 'a.tif'), 'is damaged'],
    ['a bomb', drawZip([{ name: 'a.tif', bytes: Buffer.alloc(40e6) }]), 'unpacks to more than 50 times its size'],
    [
      'a bomb that lies about its size',
      drawZip([{ name: 'a.tif', bytes: Buffer.alloc(40e6), statedSize: 1000 }]),
      'is damaged',
    ],
    [
      'too many files',
      drawZip(Array.from({ length: 5001 }, (_, i) => ({ name: `${i}`, bytes: Buffer.alloc(1) }))),
      'more than 5000 files',
    ],
    ['half of itself', zip('a.tif').subarray(0, 200), 'is damaged'],
  ])('with %s is refused', async (_, bytes, sentence) => {
    expect(await refusalOf(bytes)).toContain(sentence);
  });

  it('leaves nothing behind, and writes nothing outside its folder', () => {
    expect(ourFolders().filter((name) => readdirSync(join(tmpdir(), name)).includes('slide'))).toEqual([]);
    expect(() => readFileSync(join(tmpdir(), 'evil.tif'))).toThrow();
  });
});

describe.skipIf(!isInstalled)('Bio-Formats', () => {
  it('reads an RGB OME-TIFF to the byte', async () => {
    const { raster, ...rest } = await readImage(ome);
    const pixelSize = { micronsPerPixel: 0.25, statedBy: 'OME-XML' };
    expect(rest).toEqual({ reader: 'bioformats', format: 'OME-TIFF', width: WIDTH, height: HEIGHT, pixelSize });
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
  });

  it('takes three channels named red, green and blue as one picture, and three of other names as fluorescence', async () => {
    const { raster } = await readImage(planes(['Red', 'green', 'B']));
    expect(Buffer.from(raster.data).equals(rgb)).toBe(true);
    expect(await refusalOf(planes(['DAPI', 'FITC', 'TRITC']))).toContain('holds 3 fluorescence channels');
    expect(await refusalOf(planes(['DAPI']))).toContain('holds 1 grey channel.');
  });

  it('scales deep samples by the smallest usual depth that holds the largest, as the common reader does', async () => {
    const deep = Buffer.alloc(rgb.length * 2);
    for (let i = 0; i < rgb.length; i++) deep.writeUInt16LE(rgb[i] * 16, i * 2);
    const xml = omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3, type: 'uint16' });
    const bytes = drawTiff([page({ bits: 16, pixels: deep, tags: { 270: xml } })]);
    const [one, other] = [await readImage(bytes), await readImage(bytes, { commonOnly: true })];
    expect([one.reader, other.reader]).toEqual(['bioformats', 'common']);
    expect(Buffer.from(one.raster.data).equals(Buffer.from(other.raster.data))).toBe(true);
    expect(one.raster.data[3]).toBe(Math.round((7 * 16 * 255) / 4095));
  });

  it('reads any region, at full size and reduced, as a part of the whole', async () => {
    const slide = await openSlide(ome);
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
    expect([await shadeOf({}), await shadeOf({ focalPlane: 2 })]).toEqual([20, 30]);
    await expect(readImage(stack, { focalPlane: 3 })).rejects.toMatchObject({ code: 'invalid_option' });
  });

  it('reads a tiled DICOM slide with its pixel size, alone or as a series without its label', async () => {
    const drawn = { width: WIDTH, height: HEIGHT, tile: 32, rgb: await smooth() };
    const dicom = await drawDicom(drawn);
    const { raster, pixelSize } = await readImage(dicom);
    expect(pixelSize).toEqual({ micronsPerPixel: 0.5, statedBy: 'DICOM pixel spacing' });
    let difference = 0;
    for (let i = 0; i < drawn.rgb.length; i++)
      difference = Math.max(difference, Math.abs(raster.data[i] - drawn.rgb[i]));
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

describe('labToRgb', () => {
  it('turns white, black, grey and pure red into what they are in sRGB', () => {
    const samples = Uint8Array.from([255, 0, 0, 0, 0, 0, 137, 0, 0, 139, 81, 70]);
    labToRgb(samples, 8);
    // Red is L 54.3, a 80.8, b 69.9 under D50.
    expect([...samples]).toEqual([
      255,
      255,
      255,
      0,
      0,
      0,
      128,
      128,
      128,
      expect.closeTo(255, -1),
      expect.closeTo(0, -1),
      expect.closeTo(0, -1),
    ]);
  });
});

/** A picture that JPEG keeps. */
async function smooth(): Promise<Buffer> {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) pixels.set([i % WIDTH, Math.floor(i / WIDTH) * 3, 200], i * 3);
  return pixels;
}
