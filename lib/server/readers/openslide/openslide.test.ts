import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { resetEnvForTests } from '@/lib/server/env';
import { descendantsOf } from '@/lib/server/readers/walled/process-usage';
import { type DrawnMirax, drawMirax } from '../__fixtures__/draw-mirax';
import { type DrawnEntry, drawZip } from '../__fixtures__/draw-zip';
import { ourFolders, refusalOf } from '../__fixtures__/drawn-slide';
import { openSource } from '../__fixtures__/read-file';
import { findOpenslide } from './installation';
import { getOpenslideReaders, setOpenslideReadersForTests } from './reader-line';

const isInstalled = findOpenslide() !== null;
if (!isInstalled) console.log('Skipped: OpenSlide is not installed (npm run formats:install).');
afterAll(() => getOpenslideReaders().stop());

/** A picture of photos of 64 pixels, `count` in a row, that share 8 pixels with their neighbours. */
function picture(count: number) {
  const length = count * 56 + 8;
  const pixels = Buffer.alloc(length * length * 3);
  for (let y = 0; y < length; y++)
    for (let x = 0; x < length; x++)
      pixels.set(
        [150 + 60 * Math.sin(x / 9), 120 + 50 * Math.sin(y / 11), 160 + 60 * Math.sin((x + y) / 15)].map(Math.round),
        (y * length + x) * 3,
      );
  return { width: length, height: length, pixels };
}
const FORM = { side: 64, overlap: 8 };
const draw = (count: number, extra: Partial<DrawnMirax> = {}) =>
  drawMirax({ picture: picture(count), ...FORM, ...extra });
/** The files with one of them changed, or left out. */
const change = (entries: DrawnEntry[], name: string, edit: (bytes: Buffer) => Buffer | null) =>
  entries.flatMap((entry) => {
    if (!entry.name.endsWith(name)) return [entry];
    const bytes = edit(entry.bytes);
    return bytes === null ? [] : [{ ...entry, bytes }];
  });
const replaced = (from: string | RegExp, to: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString('utf8').replace(from, to));
/** A slide of photos of 256 pixels, `count` in a row, of which these are no JPEG any more. */
async function drawDamaged(count: number, numbers: readonly number[]) {
  const length = count * 256;
  const one = picture(Math.ceil(length / 56));
  const pixels = Buffer.concat(
    Array.from({ length }, (_, y) => one.pixels.subarray(y * one.width * 3, (y * one.width + length) * 3)),
  );
  const cut = { width: length, height: length, pixels };
  const entries = await drawMirax({ picture: cut, side: 256, levels: 1 });
  const damaged = change(entries, 'Data0001.dat', (bytes) => {
    const starts = [...bytes.toString('latin1').matchAll(/\xff\xd8\xff/g)].map(({ index }) => index);
    for (const number of numbers) bytes.fill(0, starts[number], (starts[number] as number) + 200);
    return bytes;
  });
  return [drawZip(damaged), cut] as const;
}
/** The numbers of the reading processes, which are children of the programs that build the walls. */
const readerPids = () =>
  descendantsOf(process.pid).filter((pid) => {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return basename(program).startsWith('python') && args.includes('/reader/reader.py');
  });
/** Mean difference of samples. */
const difference = (one: Uint8Array, other: Uint8Array) =>
  one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? 0)), 0) / one.length;

describe.skipIf(!isInstalled)('a MIRAX slide in a ZIP', () => {
  const drawn = picture(4);
  let zip: Buffer;
  beforeAll(async () => {
    zip = drawZip(await draw(4, { margin: 2, missing: ['1,2'], planted: 'PATIENT-4711' }));
  });

  it('is the part that was scanned, photo laid on photo, in the colours of the file', async () => {
    const slide = await openSource(zip);
    const { width, height, levels, pixelSize, magnification, format, reader, images } = slide;
    expect({ width, height, pixelSize, magnification, format, reader, images: images.length }).toEqual({
      width: drawn.width,
      height: drawn.height,
      pixelSize: { micronsPerPixel: 0.25, statedBy: 'format metadata' },
      magnification: 20,
      format: '3DHISTECH MIRAX',
      reader: 'openslide',
      images: 1,
    });
    expect(levels.map(({ downsample }) => downsample)).toEqual([1, 2, 4]);
    const { data } = await slide.readRegion({ x: 0, y: 0, width, height }, 1);
    await slide.close();
    const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    // The photo that was not taken is glass, but for the edges that its neighbours share with it.
    expect(at(1 * 56 + 32, 2 * 56 + 32)).toEqual([255, 255, 255]);
    const expected = Buffer.from(drawn.pixels);
    for (let y = 2 * 56 + 8; y < 3 * 56; y++) expected.fill(255, (y * width + 64) * 3, (y * width + 2 * 56) * 3);
    expect(difference(data, expected)).toBeLessThan(1);
    expect(difference(data, drawn.pixels)).toBeGreaterThan(2);
  });

  it('is read by regions, and reduced, at the same places', async () => {
    const slide = await openSource(zip);
    const { data } = await slide.readRegion({ x: 100, y: 20, width: 50, height: 40 }, 1);
    for (let y = 0; y < 40; y++) {
      const from = ((y + 20) * drawn.width + 100) * 3;
      expect(difference(data.subarray(y * 150, (y + 1) * 150), drawn.pixels.subarray(from, from + 150))).toBeLessThan(
        2,
      );
    }
    const half = await slide.readRegion({ x: 16, y: 16, width: 80, height: 64 }, 2);
    expect([half.width, half.height]).toEqual([40, 32]);
    const [x, y] = [20, 10];
    const from = ((2 * y + 16) * drawn.width + 2 * x + 16) * 3;
    const there = half.data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3);
    expect(difference(there, drawn.pixels.subarray(from, from + 3))).toBeLessThan(8);
    await slide.close();
  });

  it('has one image and one plane', async () => {
    await expect(openSource(zip, { series: 1 })).rejects.toMatchObject({ code: 'invalid_option' });
    await expect(openSource(zip, { plane: 1 })).rejects.toMatchObject({ code: 'invalid_option' });
  });

  it('that fills its glass is read too, with a name in capitals, or without a key before a sign', async () => {
    const entries = change(await draw(3), 'Slidedat.ini', replaced('IMAGENUMBER_X', ' = False\r\nIMAGENUMBER_X'));
    const named = entries.map((entry) => ({ ...entry, name: `a/${entry.name.replace(/mrxs$/, 'MRXS')}` }));
    const slide = await openSource(drawZip(named));
    const { data } = await slide.readRegion({ x: 0, y: 0, width: slide.width, height: slide.height }, 1);
    await slide.close();
    expect(difference(data, picture(3).pixels)).toBeLessThan(1);
  });

  it('with a long line of blanks in its list does not hold up the server', async () => {
    const line = `A =${' '.repeat(400_000)}x\r\n`;
    const entries = change(
      await draw(2),
      'Slidedat.ini',
      replaced('INDEXFILE', `${line}FILE_0 = /etc/passwd\r\nINDEXFILE`),
    );
    expect(await refusalOf(drawZip(entries))).toContain('names files that are not in its folder');
  });

  it('is read on by another process where its own is killed, and leaves no folder behind', async () => {
    const slide = await openSource(zip);
    const [before] = readerPids();
    process.kill(before as number, 'SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(before as number, 0)).toThrow());
    const { data } = await slide.readRegion({ x: 100, y: 20, width: 50, height: 40 }, 1);
    expect(data.some((value) => value !== 255)).toBe(true);
    expect(readerPids()).not.toContain(before);
    await slide.close();
    getOpenslideReaders().stop();
    expect(ourFolders()).toEqual([]);
  });

  it('with a damaged photo keeps the others, and says so', async () => {
    const [drawnSlide, at] = await drawDamaged(5, [6]);
    const slide = await openSource(drawnSlide);
    const { data } = await slide.readRegion({ x: 0, y: 0, width: slide.width, height: slide.height }, 1);
    await slide.close();
    const expected = Buffer.from(at.pixels);
    for (let y = 256; y < 512; y++) expected.fill(255, (y * 1280 + 256) * 3, (y * 1280 + 512) * 3);
    expect(difference(data, expected)).toBeLessThan(1);
    expect(slide.warnings).toEqual([
      { code: 'image_damaged', detail: expect.stringContaining('4 % of the slide, in 1 places, cannot be read') },
    ]);
  });

  it('with more than a tenth damaged is refused', async () => {
    const [drawnSlide] = await drawDamaged(5, [3, 7, 20]);
    const slide = await openSource(drawnSlide);
    const whole = { x: 0, y: 0, width: slide.width, height: slide.height };
    await expect(slide.readRegion(whole, 1)).rejects.toMatchObject({
      code: 'unreadable_image',
      message: 'The file is damaged: more than a tenth of the slide cannot be read.',
    });
    await slide.close();
  });

  it.each<[string, (entries: DrawnEntry[]) => DrawnEntry[], string]>([
    ['the .mrxs alone', (all) => all.slice(0, 1), 'without the folder of the same name'],
    ['the folder alone', (all) => all.slice(1), 'without its .mrxs file'],
    [
      'a second slide',
      (all) => [...all, ...all.map((one) => ({ ...one, name: `b/${one.name}` }))],
      'holds 2 images. Send one slide at a time',
    ],
    ['no data file', (all) => change(all, 'Data0001.dat', () => null), 'of which 1 of 2 files are missing'],
    ['no index', (all) => change(all, 'Index.dat', () => null), 'of which 1 of 2 files are missing'],
    [
      'half of its index',
      (all) => change(all, 'Index.dat', (bytes) => bytes.subarray(0, 90)),
      'is damaged or incomplete',
    ],
    ['an empty index', (all) => change(all, 'Index.dat', () => Buffer.alloc(0)), 'is damaged or incomplete'],
    ['another index', (all) => change(all, 'Index.dat', (bytes) => bytes.fill(255, 45)), 'is damaged or incomplete'],
    [
      'a foreign index',
      (all) => change(all, 'Index.dat', (bytes) => bytes.fill(65, 5, 37)),
      'is damaged or incomplete',
    ],
    ['a list of nothing', (all) => change(all, 'Slidedat.ini', () => Buffer.from('[GENERAL]')), 'no possible number'],
    [
      'a grid that would take all memory',
      (all) => change(all, 'Slidedat.ini', replaced('IMAGENUMBER_X = 2', 'IMAGENUMBER_X = 2000000000')),
      'no possible number of photos',
    ],
    ['no data files', (all) => change(all, 'Slidedat.ini', replaced('FILE_COUNT = 1', '')), 'names no data files'],
    [
      'a list that climbs out',
      (all) => change(all, 'Slidedat.ini', replaced('Data0001.dat', '../../../etc/passwd')),
      'names files that are not in its folder',
    ],
    [
      'a list that climbs out by a folder',
      (all) => change(all, 'Slidedat.ini', replaced('Index.dat', '..')),
      'names files that are not in its folder',
    ],
    [
      'a list with an absolute name',
      (all) => change(all, 'Slidedat.ini', replaced('Data0001.dat', '/etc/passwd')),
      'names files that are not in its folder',
    ],
    ['a list without end', (all) => change(all, 'Slidedat.ini', () => Buffer.alloc(2 ** 20 + 1, 10)), 'is too long'],
    [
      'fluorescence',
      (all) =>
        change(
          all,
          'Slidedat.ini',
          replaced('[HIERARCHICAL]', 'SLIDE_TYPE = SLIDE_TYPE_FLUORESCENCE\r\n[HIERARCHICAL]'),
        ),
      'fluorescence channels',
    ],
    [
      'a .mrxs that is a TIFF',
      (all) => change(all, '.mrxs', () => Buffer.from('II*\0\x08\0\0\0\0\0\0\0\0\0', 'latin1')),
      'none of its formats',
    ],
  ])('with %s is refused with the reason', async (_, edit, sentence) => {
    const entries = await draw(2);
    expect(
      await refusalOf(drawZip(edit(entries.map((entry) => ({ ...entry, bytes: Buffer.from(entry.bytes) }))))),
    ).toContain(sentence);
  });

  it('is read in a process that confines itself where no wall of the system can stand around it', async () => {
    setOpenslideReadersForTests('none');
    const slide = await openSource(zip);
    const { data } = await slide.readRegion({ x: 100, y: 20, width: 50, height: 40 }, 1);
    expect(data.some((value) => value !== 255)).toBe(true);
    await slide.close();
    setOpenslideReadersForTests();
  });
});

describe('without OpenSlide', () => {
  const empty = mkdtempSync(join(tmpdir(), 'openslide-test-'));
  afterAll(() => {
    vi.unstubAllEnvs();
    resetEnvForTests();
    rmSync(empty, { recursive: true });
  });

  it('a MIRAX slide is refused with what to install', async () => {
    vi.stubEnv('OPENSLIDE_DIR', empty);
    resetEnvForTests();
    const refusal = await refusalOf(drawZip(await draw(2)));
    expect(refusal).toContain('holds a MIRAX (MRXS) slide, which OpenSlide reads. It is not installed here.');
    expect(refusal).toContain('`npm run formats:install`');
  });
});
