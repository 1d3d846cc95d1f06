import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBioformats } from '@/lib/server/readers/bioformats/installation';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawZip } from './__fixtures__/draw-zip';
import { MAX_MS, ourFolders, residentBytes } from './__fixtures__/drawn-slide';
import { describeImage, openSource, readImage } from './__fixtures__/read-file';
import type { StatedPixelSize } from './slide-source';

const folder = resolve(process.env.RESTAIN_SHARED ?? '../shared', 'formats');
const why = existsSync(folder)
  ? findBioformats() === null && 'Bio-Formats is not installed: npm run formats:install'
  : 'the shared format files are not on this machine';
if (why) console.log(`Skipped: ${why}.`);

type Opened = {
  reader: 'common' | 'bioformats';
  format: string;
  size: [width: number, height: number];
  /**
   * Mean red, green and blue of the whole picture. Pillow 12 finds the same within 0.5, where it opens the file and no
   * colour profile is at work.
   */
  mean: [number, number, number];
  pixelSize: StatedPixelSize | null;
};
type Outcome = Opened | { refused: RegExp };

const opens =
  (reader: Opened['reader']) =>
  (format: string, size: Opened['size'], mean: Opened['mean'], pixelSize?: StatedPixelSize): Opened => ({
    reader,
    format,
    size,
    mean,
    pixelSize: pixelSize ?? null,
  });
const common = opens('common');
const bioformats = opens('bioformats');
const refused = (pattern: RegExp): Outcome => ({ refused: pattern });

const notBrightfield = (format: string, what: string) =>
  refused(new RegExp(`^This ${format} file holds ${what}\\. Restain reads brightfield images \\(RGB\\)\\.$`));

const TABLE: Record<string, Outcome> = {
  // Its EXIF block alone is broken, and viewers show it.
  'broken/broken_exif_dpi.jpg': common('JPEG', [100, 100], [0, 128, 1]),
  'broken/crash-0c7e0e8e11ce787078f00b5b0ca409a167f070e0.tif': refused(
    /TIFF: 23 of its 23 strips lie beyond the end of the file/,
  ),
  'broken/crash-63b1dffefc8c075ddc606c0a2f5fdc15ece78863.tif': refused(/YCbCr without JPEG, .*subsampling 2 x 2/),
  'broken/crash-ccca68ff40171fdae983d924e127a721cab2bd50.j2k': refused(
    /the content looks like JPEG 2000\. Bio-Formats: JPEG 2000: 2 samples a pixel, where 1, 3 or 4 are needed/,
  ),
  // One byte of its header is wrong. The picture is that of test-card-lossless.jp2.
  'broken/not_enough_data.jp2': bioformats('JPEG 2000', [640, 480], [98.8, 44.7, 99.7]),
  'broken/oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif': refused(
    /TIFF: Input buffer contains unsupported image format/,
  ),
  'broken/seek_too_large.tif': refused(/TIFF: Input buffer contains unsupported image format/),
  'broken/tiff_overflow_rows_per_strip.tif': refused(/TIFF.*tiff2vips: Not enough data/),
  // Its page count is wrong. The first page is complete.
  'broken/total-pages-zero.tif': common('TIFF', [1728, 2156], [249.6, 249.6, 249.6]),
  'broken/zero_height.j2k': refused(
    /the content looks like JPEG 2000\. Bio-Formats: the file is damaged or incomplete \(RuntimeException\)/,
  ),
  'pixels/g4_orientation_6.tif': common('TIFF', [590, 88], [226.7, 226.7, 226.7]),
  'pixels/gradient-3c-32b-float.tiff': common('TIFF', [256, 1], [158.5, 138.5, 174.1]),
  'pixels/hopper.iccprofile.tif': common('TIFF', [128, 128], [89.7, 80.1, 95.4]),
  'pixels/hopper_bigtiff.tif': common('TIFF', [128, 128], [89.7, 80.1, 95.4]),
  'pixels/hopper_webp.tif': common('TIFF', [128, 128], [89.8, 80.1, 95.5]),
  'pixels/icc_profile_big.jpg': common('JPEG', [425, 250], [59.5, 121.6, 176.5]),
  'pixels/lab.tif': bioformats('TIFF', [10, 10], [255, 255, 255]),
  // It has two small pages and a larger one of their shape, which is read.
  'pixels/multipage.tiff': common('TIFF', [20, 20], [0, 0, 255]),
  'pixels/palette-1c-8b.tiff': common('TIFF', [157, 151], [150, 115.9, 66.4]),
  // CMYK by its profile.
  'pixels/pil_sample_cmyk.jpg': common('JPEG', [100, 100], [27.6, 5.2, 3.8]),
  'pixels/test-card-lossless.jp2': bioformats('JPEG 2000', [640, 480], [98.8, 44.7, 99.7]),
  'pixels/test_L_8.png': common('PNG', [64, 64], [127, 127, 127]),
  'pixels/test_RGBA_16.png': common('PNG', [64, 64], [127.5, 127.5, 255]),
  'pixels/test_orient6.tif': common('TIFF', [180, 120], [185.2, 185.2, 185.2]),
  'pixels/tiff_16bit_RGB.tiff': common('TIFF', [100, 40], [42.1, 29.2, 22.1]),
  'pixels/tiff_strip_planar_lzw.tiff': common('TIFF', [278, 374], [169.7, 155.1, 160.6]),
  'pixels/tiff_tiled_ycbcr_jpeg_2x2_sampling.tif': common('TIFF', [480, 360], [119.3, 132, 94.1]),
  'pixels/yb10kx5ktrans.png': common('PNG', [10000, 5000], [71.5, 71.5, 209.1]),
  'slides/4D-series.ome.tiff': notBrightfield('OME-TIFF', '1 grey channel in 35 planes'),
  'slides/CMU-1-Small-Region.svs': bioformats('Aperio SVS', [2220, 2967], [214, 194.8, 207.9], {
    micronsPerPixel: 0.499,
    statedBy: 'Aperio description',
  }),
  'slides/LeicaLASX_wavelength-sweep_example.lif': notBrightfield('Leica LIF', '1 grey channel in 20 planes'),
  // A colour camera on a fluorescence microscope: RGB, and nothing in the file says otherwise.
  'slides/RGB-8bit.czi': bioformats('Zeiss CZI', [924, 624], [13.8, 28, 14.8], {
    micronsPerPixel: 1.0833,
    statedBy: 'format metadata',
  }),
  'slides/_vsi-ets-test-jpg2k_/stack1/frame_t_0.ets': refused(
    /^An ETS file is one part of an Olympus VSI slide\. Send .* in one ZIP\.$/,
  ),
  'slides/cells-2c.ome.tif': notBrightfield('OME-TIFF', '2 fluorescence channels'),
  'slides/cells-2z.ome.tif': notBrightfield('OME-TIFF', '1 grey channel in 2 planes'),
  // A plain TIFF of one grey plane, as a grey PNG is.
  'slides/cells-gray16.tif': common('TIFF', [93, 131], [213.6, 213.6, 213.6], {
    micronsPerPixel: 0.25,
    statedBy: 'ImageJ description',
  }),
  'slides/cells.ome.tif': bioformats('OME-TIFF', [93, 131], [212.6, 213.6, 214.5], {
    micronsPerPixel: 0.25,
    statedBy: 'OME-XML',
  }),
  // Bio-Formats puts its tiles row by row, which scrambles the tissue.
  'slides/small_dicom.dcm': refused(
    /^This DICOM file holds 42 tiles of a slide, but does not state where they lie .* could scramble the tissue\. Export/,
  ),
  'slides/small_vectra.qptiff': notBrightfield('PerkinElmer QPTIFF', '3 fluorescence channels'),
  // Its pixels are RGB, its tags name a filter set.
  'slides/test3-TRITC.ndpi': notBrightfield('Hamamatsu NDPI', '1 fluorescence channel'),
  'slides/tiles.czi': notBrightfield('Zeiss CZI', '2 fluorescence channels'),
  'slides/vsi-ets-test-jpg2k.vsi': refused(
    /^This Olympus VSI file holds only the label picture; .* Send both in one ZIP\.$/,
  ),
};

describe.skipIf(why)('the shared format files', () => {
  // The first file also waits for the start of the reading process, which must not count against it.
  beforeAll(() => describeImage(readFileSync(join(folder, 'slides/cells.ome.tif'))));
  afterAll(() => getReaders().stop());

  const files = why ? [] : readdirSync(folder, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile() && file.name !== 'README.md')
    .map((file) => relative(folder, join(file.parentPath, file.name)));

  it('are all in the table', () => {
    expect(names.sort()).toEqual(Object.keys(TABLE).sort());
  });

  const isReadAsSaid = async (name: string, outcome: Outcome) => {
    const bytes = readFileSync(join(folder, name));
    const started = performance.now();
    const reading = readImage(bytes);
    await reading.catch(() => null);
    const ms = performance.now() - started;
    await check(reading, outcome);
    if (name.startsWith('broken/')) expect(ms).toBeLessThan(MAX_MS);
  };
  const isLarge = ([name]: [string, Outcome]) => name.includes('yb10kx5k');
  it.each(Object.entries(TABLE).filter((entry) => !isLarge(entry)))('%s', isReadAsSaid);
  it.each(Object.entries(TABLE).filter(isLarge))('%s', { tags: ['long'] }, isReadAsSaid);

  it('broken files leave memory and disk as they were', { tags: ['long'] }, async () => {
    const broken = names.filter((name) => name.startsWith('broken/')).map((name) => readFileSync(join(folder, name)));
    // A leak grows with every batch. What allocators and libraries keep settles after a few.
    let growth = Number.POSITIVE_INFINITY;
    for (let batch = 0; batch < 8 && Math.abs(growth) > 5 * 2 ** 20; batch++) {
      const before = residentBytes();
      for (let round = 0; round < 5; round++) for (const bytes of broken) await readImage(bytes).catch(() => null);
      growth = residentBytes() - before;
    }
    expect(growth).toBeLessThanOrEqual(5 * 2 ** 20);
    // The scratch folder of the running process stays.
    expect(ourFolders().length).toBeLessThanOrEqual(1);
  });

  it('a VSI slide opens with its folder in one ZIP, and its label picture does not', async () => {
    const parts = ['vsi-ets-test-jpg2k.vsi', '_vsi-ets-test-jpg2k_/stack1/frame_t_0.ets'];
    const zip = drawZip(parts.map((name) => ({ name, bytes: readFileSync(join(folder, 'slides', name)) })));
    await check(readImage(zip), notBrightfield('Olympus VSI', '2 fluorescence channels'));
  });

  it('only the tissue of a scanned slide can be chosen, not its label or macro picture', async () => {
    const bytes = readFileSync(join(folder, 'slides/CMU-1-Small-Region.svs'));
    const slide = await openSource(bytes);
    expect(slide.images).toMatchObject([{ series: 0, width: 2220, height: 2967, planes: 1, isBrightfield: true }]);
    expect(slide.magnification).toBe(20);
    await slide.close();
    for (const series of [1, 2])
      await expect(openSource(bytes, { series })).rejects.toMatchObject({ code: 'invalid_option' });
  });

  it('the common reader and Bio-Formats see the same pixels', async () => {
    for (const [name, tolerance] of [
      ['slides/cells.ome.tif', 0],
      ['slides/CMU-1-Small-Region.svs', 0.5],
    ] as const) {
      const bytes = readFileSync(join(folder, name));
      const [one, other] = [await readImage(bytes), await readImage(bytes, { commonOnly: true })];
      expect([one.reader, other.reader]).toEqual(['bioformats', 'common']);
      expect(other.pixelSize).toEqual(one.pixelSize);
      let sum = 0;
      for (const [i, value] of one.raster.data.entries()) sum += Math.abs(value - (other.raster.data[i] ?? Number.NaN));
      // Two JPEG decoders round and interpolate colour differently.
      expect(sum / one.raster.data.length).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each(['slides/RGB-8bit.czi', 'slides/small_vectra.qptiff', 'pixels/test-card-lossless.jp2'])(
    'pil keeps %s from Bio-Formats',
    async (name) => {
      const reading = readImage(readFileSync(join(folder, name)), { commonOnly: true });
      await expect(reading).rejects.toMatchObject({ code: 'unreadable_image' });
    },
  );
});

async function check(reading: ReturnType<typeof readImage>, outcome: Outcome): Promise<void> {
  if ('refused' in outcome) {
    const error = await reading.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'unreadable_image', detail: expect.stringMatching(outcome.refused) });
    return;
  }
  const { raster, reader, format, width, height, pixelSize } = await reading;
  expect({ reader, format, size: [width, height] }).toEqual({
    reader: outcome.reader,
    format: outcome.format,
    size: outcome.size,
  });
  expect([raster.width, raster.height]).toEqual(outcome.size);
  expect(pixelSize).toEqual(outcome.pixelSize);
  for (const [c, mean] of outcome.mean.entries()) {
    let sum = 0;
    for (let i = c; i < raster.data.length; i += 3) sum += raster.data[i] ?? 0;
    expect(sum / (width * height)).toBeCloseTo(mean, 0);
  }
}
