import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { drawDicom } from '@/lib/server/readers/__fixtures__/draw-dicom';
import { drawTiff, omeXml, text } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { isInstalled } from '@/lib/server/readers/__fixtures__/drawn-slide';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { identifyContent } from '@/lib/server/readers/identify-content';
import { openSlide } from '@/lib/server/readers/open-slide';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import { drawGrain, drawSlide, PLANTED } from './__fixtures__/draw-slide';
import { writePyramid } from './pyramid/write-pyramid';

// Which formats are tried with which file. The README says which are not, and which only by hand.

const folder = mkdtempSync(join(tmpdir(), 'slide-formats-test-'));
afterAll(() => {
  getReaders().stop();
  rmSync(folder, { recursive: true });
});

const [width, height] = [640, 512];
const picture = drawGrain(width, height);
const form = { side: 64, colour: 'rgb', sampling: '4:4:4', hasTables: true, isPlanted: true } as const;
const image = () => sharp(picture.pixels, { raw: { width, height, channels: 3 } });
const named = { IFD0: { ImageDescription: PLANTED, Artist: PLANTED, Copyright: PLANTED } };
const ome = () => {
  const xml = omeXml({ width, height }, ['RGB'], { samples: 3 });
  return xml.type === 2 ? xml.text.replace('Name="RGB"', `Name="${PLANTED}"`) : '';
};

it.each([
  { name: 'Aperio SVS', draw: async () => (await drawSlide(picture, form)).file, isPassed: true, needsReader: false },
  {
    name: 'TIFF',
    draw: async () =>
      (await drawSlide(picture, { ...form, colour: 'ycc' }, { description: `${PLANTED} scanned` })).file,
    isPassed: true,
    needsReader: false,
  },
  {
    name: 'OME-TIFF',
    draw: async () => (await drawSlide(picture, form, { steps: [1], description: ome() })).file,
    isPassed: true,
    needsReader: true,
  },
  {
    name: 'OME-TIFF',
    draw: async () =>
      drawTiff([{ width, height, samples: 3, pixels: picture.pixels, tags: { 270: text(ome()), 305: text(PLANTED) } }]),
    isPassed: false,
    needsReader: true,
  },
  {
    name: 'DICOM',
    draw: () => drawDicom({ width, height, tile: 64, rgb: picture.pixels }),
    isPassed: false,
    needsReader: true,
  },
  { name: 'PNG', draw: () => image().png().withExif(named).toBuffer(), isPassed: false, needsReader: false },
  {
    name: 'JPEG',
    draw: () => image().jpeg({ quality: 98 }).withExif(named).toBuffer(),
    isPassed: false,
    needsReader: false,
  },
  {
    name: 'WebP',
    draw: () => image().webp({ quality: 98 }).withExif(named).toBuffer(),
    isPassed: false,
    needsReader: false,
  },
])(
  '$name is kept (passed on: $isPassed), in its colours, without a name',
  async ({ name, draw, isPassed, needsReader }) => {
    if (needsReader && !isInstalled) return;
    const path = join(folder, 'file');
    writeFileSync(path, await draw());
    const file = await openRandomAccess({ path });
    const open = await openSlide({ path });
    const content = await identifyContent(file);
    expect(content.name).toBe(name);
    const source = { slide: open.choose({}), file, content };
    const pyramid = await writePyramid(source, folder, { signal: new AbortController().signal, onTiles: () => {} });
    const copy = await buffer(pyramid.open());
    await open.close();
    await file.close();
    expect(pyramid.isPassed).toBe(isPassed);
    expect(copy.toString('latin1').includes(PLANTED)).toBe(false);
    const pixels = await sharp(copy).toColourspace('srgb').raw().toBuffer();
    const off = pixels.reduce((sum, value, i) => sum + Math.abs(value - (picture.pixels[i] ?? 0)), 0) / pixels.length;
    // Of this grain JPEG changes 3 to 5 levels; wrong colours are off by tens.
    expect(off).toBeLessThan(8);
  },
);
