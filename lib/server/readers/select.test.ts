import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { getReaders } from '@/lib/server/readers/bioformats/reader-line';
import { drawDicom } from './__fixtures__/draw-dicom';
import { drawRgb, drawTiff, omeXml, omeXmlOf } from './__fixtures__/draw-tiff';
import { drawZip } from './__fixtures__/draw-zip';
import { HEIGHT, isInstalled, ome, page, rgb, WIDTH } from './__fixtures__/drawn-slide';
import { describeImage, openSource, readImage } from './__fixtures__/read-file';

afterAll(() => getReaders().stop());

/** The pixels of a part of the drawn picture. */
function cut(x: number, y: number, width: number, height: number): Buffer {
  const row = (line: number) => rgb.subarray(((y + line) * WIDTH + x) * 3, ((y + line) * WIDTH + x + width) * 3);
  return Buffer.concat(Array.from({ length: height }, (_, line) => row(line)));
}

const refusal = (detail: string, pointer: string) => ({
  code: 'invalid_option',
  detail: expect.stringContaining(detail),
  fields: [expect.objectContaining({ pointer })],
});

describe('a region', () => {
  const region = { x: 11, y: 7, width: 40, height: 30 };

  it('of a picture is those pixels, and the answer says which', async () => {
    const png = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png()
      .toBuffer();
    for (const bytes of [png, drawTiff([page()])]) {
      const { raster, width, height, selection } = await readImage(bytes, { region });
      expect([width, height]).toEqual([40, 30]);
      expect(Buffer.from(raster.data).equals(cut(11, 7, 40, 30))).toBe(true);
      expect(selection).toEqual({ series: 0, plane: 0, level: 0, downsample: 1, region });
    }
  });

  it('outside of the picture is refused with its size', async () => {
    const reading = describeImage(drawTiff([page()]), { region: { ...region, x: 60 } });
    await expect(reading).rejects.toMatchObject(
      refusal('40 x 30 pixels at 60, 7 does not lie in the image', '/region'),
    );
  });

  it('may lie in a picture that is too large to be read whole', async () => {
    const tiled = await drawPyramid();
    const { raster, downsample } = await readImage(tiled, { region: { x: 64, y: 32, width: 100, height: 80 } });
    expect([raster.width, raster.height, downsample]).toEqual([100, 80, 1]);
  });
});

describe('a level of the pyramid', () => {
  it('is read as it is stored, and of its own size', async () => {
    const tiled = await drawPyramid();
    const { raster, downsample, selection } = await readImage(tiled, { level: 2 });
    expect([raster.width, raster.height, downsample]).toEqual([64, 48, 4]);
    expect(selection).toMatchObject({ level: 2, region: { x: 0, y: 0, width: 256, height: 192 } });
    const part = await readImage(tiled, { level: 2, region: { x: 128, y: 96, width: 128, height: 96 } });
    expect([part.raster.width, part.raster.height]).toEqual([32, 24]);
    expect([...part.raster.data.subarray(0, 3)]).toEqual([...raster.data.subarray((24 * 64 + 32) * 3).subarray(0, 3)]);
    const none = describeImage(tiled, { level: 9 });
    await expect(none).rejects.toMatchObject(refusal('levels, counted from 0; there is no level 9', '/level'));
  });
});

describe('what a file has one of', () => {
  it('is number 0', async () => {
    const tiff = drawTiff([page()]);
    expect(await describeImage(tiff, { series: 0, plane: 0, level: 0 })).toMatchObject({ selection: null });
    for (const option of ['series', 'plane'] as const)
      await expect(describeImage(tiff, { [option]: 1 })).rejects.toMatchObject(refusal('number 0', `/${option}`));
  });
});

describe.skipIf(!isInstalled)('a file of several images', () => {
  const small = { width: 48, height: 32 };
  const slideImage = { width: WIDTH, height: HEIGHT, micrometres: 0.5 };
  const other = { ...small, micrometres: 0.25 };
  const otherPage = { ...page(), ...small, pixels: drawRgb(48, 32) };
  const bytes = drawTiff([page({ tags: { 270: omeXmlOf([slideImage, other]) } }), otherPage]);

  it('is read as its largest, unless another is chosen, each with its own pixel size', async () => {
    const first = await readImage(bytes);
    expect(first).toMatchObject({ width: WIDTH, pixelSize: { micronsPerPixel: 0.5 }, selection: { series: 0 } });
    const other = await readImage(bytes, { series: 1 });
    expect(other).toMatchObject({ width: 48, pixelSize: { micronsPerPixel: 0.25 }, selection: { series: 1 } });
    expect(Buffer.from(other.raster.data).equals(drawRgb(48, 32))).toBe(true);
    const none = describeImage(bytes, { series: 2 });
    await expect(none).rejects.toMatchObject(refusal('no image 2 that may be read; it has 0, 1', '/series'));
  });

  it('offers neither label nor macro picture, by whichever number', async () => {
    const named = omeXmlOf([slideImage, { ...other, name: 'label image' }]);
    const withLabel = drawTiff([page({ tags: { 270: named } }), otherPage]);
    const slide = await openSource(withLabel);
    expect(slide.images.map(({ series }) => series)).toEqual([0]);
    await slide.close();
    await expect(readImage(withLabel, { series: 1 })).rejects.toMatchObject(refusal('it has 0.', '/series'));
  });

  it('counts its focal planes from 0', async () => {
    const stack = drawTiff(
      [10, 20, 30].map((shade, z) => {
        const xml = omeXml({ width: WIDTH, height: HEIGHT }, ['RGB'], { samples: 3, z: 3 });
        return page({ pixels: Buffer.alloc(rgb.length, shade), tags: z === 0 ? { 270: xml } : {} });
      }),
    );
    expect(await readImage(stack)).toMatchObject({ selection: { plane: 1 } });
    expect((await readImage(stack, { plane: 2 })).raster.data[0]).toBe(30);
    const none = describeImage(stack, { plane: 3 });
    await expect(none).rejects.toMatchObject(refusal('3 focal planes, counted from 0; there is no plane 3', '/plane'));
  });
});

describe.skipIf(!isInstalled)('a DICOM series', () => {
  it('is opened by its full resolution, whatever its files are called, with the levels below it', async () => {
    const [width, height] = [128, 96];
    const full = await drawDicom({ width, height, tile: 32, rgb: drawRgb(width, height), pixelSpacing: 0.00025 });
    const half = await drawDicom({
      ...{ width: 64, height: 64 },
      tile: 32,
      rgb: drawRgb(64, 64),
      pixelSpacing: 0.0005,
    });
    const zip = drawZip([
      { name: 'slide/A', bytes: half },
      { name: 'slide/B', bytes: full },
    ]);
    expect(await describeImage(zip)).toMatchObject({ width, height, pixelSize: { micronsPerPixel: 0.25 } });
  });
});

it.skipIf(!isInstalled)('a region by Bio-Formats is those pixels, too', async () => {
  const { raster } = await readImage(ome, { region: { x: 11, y: 7, width: 40, height: 30 } });
  expect(Buffer.from(raster.data).equals(cut(11, 7, 40, 30))).toBe(true);
});

const drawPyramid = () =>
  sharp(drawRgb(256, 192), { raw: { width: 256, height: 192, channels: 3 } })
    .tiff({ tile: true, pyramid: true, tileWidth: 32, tileHeight: 32 })
    .toBuffer();
