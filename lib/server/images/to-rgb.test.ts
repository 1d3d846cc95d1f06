import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawTiff, short } from '@/lib/server/readers/__fixtures__/draw-tiff';
import { readImage } from '../readers/__fixtures__/read-file';
import { EXTRA } from './to-rgb';

/** 4 x 2 colours, the first two of them white and black. */
const COLOURS = [
  [255, 255, 255],
  [0, 0, 0],
  [250, 10, 20],
  [30, 240, 50],
  [60, 70, 230],
  [200, 100, 0],
  [90, 90, 90],
  [12, 34, 56],
];
const [WIDTH, HEIGHT] = [4, 2];
const SEEN = COLOURS.flat();

type Kind = { extras: number[]; bits?: 8 | 16; white?: number };

/** @param rest - samples after the colours of pixel i */
function tiffOf({ extras, bits = 8, white = 255 }: Kind, rest: (pixel: number) => number[]): Buffer {
  const samples = COLOURS.flatMap((colour, i) => [...colour.map((v) => Math.round((v * white) / 255)), ...rest(i)]);
  const pixels = bits === 8 ? Buffer.from(samples) : Buffer.from(Uint16Array.from(samples).buffer);
  const tags = extras.length > 0 ? { 338: short(...extras) } : {};
  return drawTiff([{ width: WIDTH, height: HEIGHT, samples: 3 + rest(0).length, bits, pixels, tags }]);
}

const read = async (bytes: Buffer) => {
  const { raster, warnings } = await readImage(bytes);
  return { data: [...raster.data], codes: warnings.map(({ code }) => code) };
};
const near = (data: number[], expected: number[]) =>
  Math.max(...data.map((v, i) => Math.abs(v - (expected[i] ?? Number.NaN))));

describe('samples beyond the colours', () => {
  it.each([0, 7, 255])('an unspecified one of %i is ignored', async (fill) => {
    expect(await read(tiffOf({ extras: [EXTRA.unspecified] }, () => [fill]))).toEqual({ data: SEEN, codes: [] });
  });

  it('so is one that differs from pixel to pixel, and one of two', async () => {
    expect(await read(tiffOf({ extras: [EXTRA.unspecified] }, (i) => [i * 30]))).toEqual({ data: SEEN, codes: [] });
    const two = tiffOf({ extras: [EXTRA.unspecified, EXTRA.straight] }, (i) => [i, i === 7 ? 0 : 255]);
    expect(await read(two)).toEqual({ data: [...SEEN.slice(0, 21), 255, 255, 255], codes: [] });
  });

  it('straight alpha lies on white', async () => {
    const { data } = await read(tiffOf({ extras: [EXTRA.straight] }, (i) => [i === 1 ? 0 : i === 2 ? 51 : 255]));
    const expected = [255, 255, 255, 255, 255, 255, 254, 206, 208, ...SEEN.slice(9)];
    expect(near(data, expected)).toBeLessThanOrEqual(1);
  });

  it('premultiplied alpha is added to white', async () => {
    // Transparent black, and premultiplied colours.
    const { data } = await read(tiffOf({ extras: [EXTRA.premultiplied] }, (i) => [i === 1 ? 0 : i === 7 ? 102 : 255]));
    const expected = [...SEEN.slice(0, 3), 255, 255, 255, ...SEEN.slice(6, 21), 165, 187, 209];
    expect(near(data, expected)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['straight alpha of 0', EXTRA.straight, 0],
    ['premultiplied alpha of 0', EXTRA.premultiplied, 0],
    ['straight alpha of a third', EXTRA.straight, 85],
  ])('%s everywhere is ignored, and said', async (_, kind, alpha) => {
    expect(await read(tiffOf({ extras: [kind] }, () => [alpha]))).toEqual({
      data: SEEN,
      codes: ['transparency_ignored'],
    });
  });

  it('a mask of 1 everywhere hides nothing', async () => {
    expect(await read(tiffOf({ extras: [EXTRA.straight] }, () => [1]))).toEqual({ data: SEEN, codes: [] });
  });

  it.each([4, 2])('so does PNG’s, of %i channels', async (channels) => {
    const colours = channels === 4 ? COLOURS : COLOURS.map(([first]) => [first]);
    const samples = Uint8Array.from(colours.flatMap((colour) => [...colour, 0]));
    const png = await sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels: channels as 2 | 4 } })
      .toColourspace(channels === 4 ? 'srgb' : 'b-w')
      .png()
      .toBuffer();
    const expected = channels === 4 ? SEEN : COLOURS.flatMap(([first]) => [first, first, first]);
    expect(await read(png)).toEqual({ data: expected, codes: ['transparency_ignored'] });
  });
});

describe('deep samples', () => {
  it.each([
    [4095, 4095],
    [4095, 65_535],
    [1023, 1023],
    [16_383, 16_383],
    [65_535, 65_535],
    [4095, 1],
  ])('colours up to %i with alpha of %i', async (white, alpha) => {
    const tiff = tiffOf({ extras: [EXTRA.straight], bits: 16, white }, () => [alpha]);
    expect(await read(tiff)).toEqual({ data: SEEN, codes: [] });
  });

  it('alpha is scaled by its own largest value', async () => {
    const tiff = tiffOf({ extras: [EXTRA.straight], bits: 16, white: 4095 }, (i) => [i === 2 ? 2048 : 4095]);
    const { data } = await read(tiff);
    expect(near(data, [...SEEN.slice(0, 6), 252, 132, 137, ...SEEN.slice(9)])).toBeLessThanOrEqual(1);
  });

  it('a 16-bit PNG of 12 bits with alpha of 0', async () => {
    const samples = Uint16Array.from(COLOURS.flatMap((colour) => [...colour.map((v) => (v * 4095) / 255), 0]));
    const png = await sharp(samples, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const { data, codes } = await read(png);
    expect(near(data, SEEN)).toBeLessThanOrEqual(1);
    expect(codes).toEqual(['transparency_ignored']);
  });
});
