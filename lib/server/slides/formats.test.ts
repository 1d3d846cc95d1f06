import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { drawDicom } from '@/lib/server/readers/__fixtures__/draw-dicom';
import { drawMirax } from '@/lib/server/readers/__fixtures__/draw-mirax';
import { type DrawnTag, drawTiff, long, omeXml, short, text } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { drawZip } from '@/lib/server/readers/__fixtures__/draw-zip';
import { isInstalled } from '@/lib/server/readers/__fixtures__/drawn-slide';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { identifyContent } from '@/lib/server/readers/identify-content';
import { openSlide } from '@/lib/server/readers/open-slide';
import { findOpenslide } from '@/lib/server/readers/openslide/installation';
import { getOpenslideReaders } from '@/lib/server/readers/openslide/reader-line';
import { openRandomAccess } from '@/lib/server/readers/random-access';
import { drawGrain, drawSlide, PLANTED } from './__fixtures__/draw-slide';
import { writePyramid } from './pyramid/write-pyramid';

// Which formats are tried with which file, and which are not. Files are drawn by us to the layout of the format.

const folder = mkdtempSync(join(tmpdir(), 'slide-formats-test-'));
afterAll(() => {
  getReaders().stop();
  getOpenslideReaders().stop();
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

/** A scan of Hamamatsu is one strip of JPEG; a small one may have no list of restart markers. */
async function drawNdpi() {
  const stream = await image().jpeg({ quality: 98, chromaSubsampling: '4:2:0' }).toBuffer();
  const tags = {
    ...{ 259: short(7), 271: text('Hamamatsu'), 272: text('NanoZoomer'), 273: long(8), 278: long(height) },
    ...{ 279: long(stream.length), 305: text(PLANTED), 530: short(2, 2), 65420: long(1), 65421: float(20) },
    ...{ 65422: long(0), 65423: long(0), 65424: long(0), 65442: text(PLANTED) },
  };
  return drawTiff([{ width, height, samples: 3, photometric: 6, pixels: stream, tags }]);
}

const float = (value: number): DrawnTag => {
  const written = Buffer.alloc(4);
  written.writeFloatLE(value);
  return { type: 4, values: [written.readUInt32LE()] };
};

/** What is not tried with a drawn file, and why; what was tried by hand is in the README. */
const NOT_TRIED: Record<string, string> = {
  'Zeiss CZI': 'no writer: a file of others by hand',
  'JPEG 2000': 'no encoder here: a file of others by hand',
  'Aperio JPEG 2000': 'no encoder here; its tiles are tested by the readers',
  'Leica SCN': 'a drawn file was taken for an overview: no brightfield file was to be had',
  'Ventana BIF': 'its overlapping tiles are stated nowhere: no file was to be had',
  'Olympus VSI': 'several files in a ZIP: no brightfield file was to be had',
};

const QPTIFF =
  '<?xml version="1.0" encoding="utf-16"?><PerkinElmer-QPI-ImageDescription><DescriptionVersion>2</DescriptionVersion>' +
  `<AcquisitionSoftware>VectraScan</AcquisitionSoftware><SlideID>${PLANTED}</SlideID><ImageType>FullResolution</ImageType>` +
  '<IsUnmixedComponent>False</IsUnmixedComponent><Objective>20x</Objective></PerkinElmer-QPI-ImageDescription>';
const PHILIPS = `<?xml version="1.0" encoding="UTF-8" ?><DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_MANUFACTURER" Group="0x0008" Element="0x0070" PMSVR="IString">PHILIPS</Attribute><Attribute Name="PIM_DP_UFS_BARCODE">${PLANTED}</Attribute></DataObject>`;

const TRIED = [
  {
    name: 'PerkinElmer QPTIFF',
    draw: async () => (await drawSlide(picture, { ...form, colour: 'ycc' }, { steps: [1], description: QPTIFF })).file,
    isPassed: true,
    needsReader: 'bioformats',
  },
  {
    name: 'Hamamatsu NDPI',
    draw: drawNdpi,
    isPassed: false,
    needsReader: 'bioformats',
  },
  {
    name: 'TIFF',
    what: 'Philips TIFF',
    draw: async () => (await drawSlide(picture, { ...form, colour: 'ycc' }, { steps: [1], description: PHILIPS })).file,
    isPassed: true,
    needsReader: null,
  },
  { name: 'Aperio SVS', draw: async () => (await drawSlide(picture, form)).file, isPassed: true, needsReader: null },
  {
    name: 'TIFF',
    draw: async () =>
      (await drawSlide(picture, { ...form, colour: 'ycc' }, { description: `${PLANTED} scanned` })).file,
    isPassed: true,
    needsReader: null,
  },
  {
    name: 'OME-TIFF',
    draw: async () => (await drawSlide(picture, form, { steps: [1], description: ome() })).file,
    isPassed: true,
    needsReader: 'bioformats',
  },
  {
    name: 'OME-TIFF',
    draw: async () =>
      drawTiff([{ width, height, samples: 3, pixels: picture.pixels, tags: { 270: text(ome()), 305: text(PLANTED) } }]),
    isPassed: false,
    needsReader: 'bioformats',
  },
  {
    name: 'DICOM',
    draw: () => drawDicom({ width, height, tile: 64, rgb: picture.pixels }),
    isPassed: false,
    needsReader: 'bioformats',
  },
  {
    name: 'ZIP',
    what: 'MIRAX',
    draw: async () => drawZip(await drawMirax({ picture, side: 128, planted: PLANTED, margin: 1 })),
    isPassed: false,
    needsReader: 'openslide',
  },
  { name: 'PNG', draw: () => image().png().withExif(named).toBuffer(), isPassed: false, needsReader: null },
  {
    name: 'JPEG',
    draw: () => image().jpeg({ quality: 98 }).withExif(named).toBuffer(),
    isPassed: false,
    needsReader: null,
  },
  {
    name: 'WebP',
    draw: () => image().webp({ quality: 98 }).withExif(named).toBuffer(),
    isPassed: false,
    needsReader: null,
  },
] as const;

it('the README lists what is tried, and what is not', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('## Tried'));
  for (const format of TRIED) expect(table).toContain('what' in format ? format.what : format.name);
  for (const name of Object.keys(NOT_TRIED)) expect(table).toContain(name);
});

it.each(TRIED)(
  '$name is kept (passed on: $isPassed), in its colours, without a name',
  async ({ name, draw, isPassed, needsReader }) => {
    if (needsReader === 'bioformats' && !isInstalled) return;
    if (needsReader === 'openslide' && findOpenslide() === null) return;
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

it('NDPI that its reader would change the colours of is refused by name', async () => {
  const [at, tag] = [300, 530];
  const drawn = await drawNdpi();
  // The subsampling tag, a pair of shorts within its entry: 2, 2 becomes 1, 1.
  const entry = drawn.indexOf(Buffer.from([tag & 255, tag >> 8, 3, 0, 2, 0, 0, 0, 2, 0, 2, 0]), at);
  drawn.writeUInt16LE(1, entry + 8);
  drawn.writeUInt16LE(1, entry + 10);
  const path = join(folder, 'file');
  writeFileSync(path, drawn);
  await expect(openSlide({ path }).then((open) => open.choose({}))).rejects.toThrow('lists no restart markers');
});
