import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '@/lib/imaging/raster';
import { colourDoubts } from '@/lib/server/images/colour-doubts';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { stopEngine } from '@/lib/server/inference/engine';
import { findBioformats } from '@/lib/server/readers/bioformats/installation';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { MAX_MS } from './__fixtures__/drawn-slide';
import { readImage } from './__fixtures__/read-file';
import type { ReadOptions } from './read-image';

const folder = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'cases');
const why = existsSync(folder)
  ? findBioformats() === null && 'Bio-Formats is not installed: npm run formats:install'
  : 'the shared cases are not on this machine';
if (why) console.log(`Skipped: ${why}.`);

/** The field of nearly all cases: nuclei and positive ones at 40x, with the shipped model. */
const CONTROL = '00_control_189_40.png';
const NUCLEI = { total: 189, positive: 40 };
/** How much a lossy format may change a count. */
const LOSSY = 5;

type Case = {
  options?: ReadOptions;
  /** Mean difference from the control's pixels, in grey levels; 0 = the same pixels. */
  difference?: number;
  /** The picture in the file, where it is not the control. */
  shows?: (control: Raster) => Raster;
  /** What the file states. */
  micronsPerPixel?: number | null;
  /** Codes of the warnings. */
  codes?: string[];
  refused?: RegExp;
};

const same = (options: ReadOptions = {}): Case => ({ options, difference: 0 });
/** For JPEG and similar formats, and for rounded colours: two decoders round differently. */
const nearly = (difference: number, options: ReadOptions = {}): Case => ({ options, difference });
const refused = (pattern: RegExp): Case => ({ refused: pattern });

/** One line for each case. */
const TABLE: Record<string, Case> = {
  '00_control_189_40.png': same(),
  '01_dicom_j2k_ycc_YBR_FULL_422.dcm': nearly(1),
  '01_dicom_raw_YBR_FULL.dcm': nearly(1),
  '01_svs_jp2k_33003.svs': nearly(1),
  '02_rgba_12bit_in_16.tif': { difference: 1 },
  '02_rgbx_extrasample0_fill0.tif': same(),
  '03_cfa_mosaic_ifd0.dng': refused(/^This is a camera's raw picture \(a raw TIFF/),
  '03_nef_like_thumb_first.tif': refused(/^This is a camera's raw picture \(Nikon NEF\)/),
  // The field sixteen times over. Its small page has no such region.
  '03_pyramid_small_first.tif': nearly(1, { region: { x: 1024, y: 1536, width: 512, height: 512 } }),
  '04_imagej_unit_microns.tif': { ...same(), micronsPerPixel: 0.25 },
  '04_imagej_unit_mm.tif': { ...same(), micronsPerPixel: 0.25 },
  '04_png_pHYs_unit0_2835.png': { ...same(), micronsPerPixel: null },
  '04_same_lzw.tif': { ...same(), micronsPerPixel: null },
  '04_zstd_no_pixelsize.tif': { ...same(), micronsPerPixel: null },
  '05_sparse_jpeg.tif': { ...nearly(1), shows: (control) => whitened(whitened(control, 0, 0), 128, 128) },
  '06_tiled_planar.tif': same(),
  '07_jfif_ycc_photometric_rgb.tif': nearly(1),
  '09_ome_3ch_noname.ome.tif': same({ channels: 'rgb' }),
  '10_zip_backslash.zip': same(),
  '11_jpeg_without_eoi.jpg': { difference: 2, codes: [] },
  '12_tiff_orientation6_zstd.tif': { ...same(), shows: turned },
  '13_linear_icc_named_sRGB.png': { difference: 1, codes: [] },
  '17_old_style_jpeg.tif': refused(/^This TIFF file is compressed by old-style JPEG \(compression 6\)/),
};

describe.skipIf(why)('the shared cases', () => {
  let control: Raster;
  beforeAll(async () => {
    control = (await readImage(readFileSync(join(folder, CONTROL)))).raster;
    // The first file also waits for the start of the reading process, which must not count against it.
    await readImage(readFileSync(join(folder, '04_zstd_no_pixelsize.tif')));
  });
  afterAll(async () => {
    getReaders().stop();
    await stopEngine();
  });

  it.each(Object.entries(TABLE))(
    '%s',
    async (name, { options, difference = 0, shows, micronsPerPixel, codes, refused }) => {
      const started = performance.now();
      const reading = readImage(readFileSync(join(folder, name)), options);
      await reading.catch(() => null);
      expect(performance.now() - started).toBeLessThan(MAX_MS);
      if (refused) {
        await expect(reading).rejects.toMatchObject({ detail: expect.stringMatching(refused) });
        return;
      }
      const { raster, pixelSize, warnings } = await reading;
      if (micronsPerPixel !== undefined) expect(pixelSize?.micronsPerPixel ?? null).toBe(micronsPerPixel);
      if (codes) expect(warnings.map(({ code }) => code)).toEqual(codes);
      const expected = shows?.(control) ?? control;
      expect([raster.width, raster.height]).toEqual([expected.width, expected.height]);
      expect(meanDifference(raster, expected)).toBeLessThanOrEqual(difference);
      if (shows) return;
      const { total, positive } = await count(raster);
      const slack = difference === 0 ? 0 : LOSSY;
      expect(Math.abs(total - NUCLEI.total)).toBeLessThanOrEqual(slack);
      expect(Math.abs(positive - NUCLEI.positive)).toBeLessThanOrEqual(slack);
    },
  );

  it('half a JPEG with an end marker is refused, by what is missing', async () => {
    await expect(readImage(readFileSync(join(folder, 'half-with-eoi.jpg')))).rejects.toMatchObject({
      detail: expect.stringMatching(/the lower \d+ % of its rows \(\d+ of 1024\) cannot be read/),
    });
  });

  it('of a TIFF the damaged tile is white, and told', async () => {
    const { raster, warnings } = await readImage(readFileSync(join(folder, 'tile-deflate-damaged.tif')));
    expect(warnings.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      expect.stringMatching(/^image_damaged: .* 1 of its 16 tiles \(6\.3 % of the picture\) cannot be read/),
    ]);
    expect((await count(raster)).total).toBeGreaterThan(650);
  });

  it('a grey picture is doubted, since it has no colour to tell classes by', async () => {
    const { raster } = await readImage(readFileSync(join(folder, '08_grey.png')));
    expect(colourDoubts(raster).map(({ code }) => code)).toEqual(['no_colour']);
  });
});

/** With one tile of 128 pixels white. */
function whitened(picture: Raster, left: number, top: number): Raster {
  const { data, ...rest } = picture;
  const white = data.slice();
  for (let row = top; row < top + 128; row++)
    white.fill(255, (row * picture.width + left) * 3, (row * picture.width + left + 128) * 3);
  return { ...rest, data: white };
}

/** A quarter turn to the right. */
function turned({ data, width, height, ...rest }: Raster): Raster {
  const seen = data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++) seen[(x * height + height - 1 - y) * 3 + c] = data[(y * width + x) * 3 + c] ?? 0;
  return { ...rest, data: seen, width: height, height: width };
}

function meanDifference(one: Raster, other: Raster): number {
  let sum = 0;
  for (const [i, value] of one.data.entries()) sum += Math.abs(value - (other.data[i] ?? Number.NaN));
  return sum / one.data.length;
}

async function count(image: Raster): Promise<{ total: number; positive: number }> {
  const request = { image, micronsPerPixel: 0.25, scoring: {}, modalities: [], overlay: false, refined: false };
  const { score } = await analyseImage(request, { signal: new AbortController().signal });
  return { total: score?.total ?? 0, positive: score?.positive ?? 0 };
}
