import { squaredDistances } from '@/lib/imaging/morphology/distance-transform';
import type { Raster } from '@/lib/imaging/raster';
import { findRuns } from '@/lib/imaging/runs';

/** `white`: the mean colour of the glass. `noise`: how coloured nearly all of its pixels are at most, of 255 against white. */
export type GlassColour = {
  readonly white: readonly [red: number, green: number, blue: number];
  readonly noise: number;
};

/** Glass is at least this bright, and at most this coloured against its brightness: scanners differ in their lamps. */
const DARKEST_GLASS = 150;
const MOST_COLOURED = 0.1;
/** Glass is smooth: neighbouring pixels of tissue differ by more. */
const SMOOTH = 3;
/** Levels around the most frequent brightness that are taken for the same glass. */
const SPREAD = 6;
/** With less than this share of smooth bright pixels, a picture has no glass. */
const LEAST_SHARE = 0.004;
/** Share of the pixels of glass that are no more coloured than its noise. */
const NOISE_SHARE = 0.995;

/** @returns null when the picture shows no glass */
export function glassColour(picture: Raster): GlassColour | null {
  const { data, width, height } = picture;
  const isGlass = smoothPixels(picture);
  const counts = new Uint32Array(256);
  let filled = 0;
  const brightness = (at: number) => Math.round((data[at] + data[at + 1] + data[at + 2]) / 3);
  // Pure white is what a scanner fills in where it did not scan, seldom glass.
  for (let i = 0; i < isGlass.length; i++)
    if (isGlass[i] === 1) {
      const value = brightness(3 * i);
      if (value === 255) filled++;
      else counts[value]++;
    }
  const least = LEAST_SHARE * width * height;
  const smooth = counts.reduce((sum, count) => sum + count, 0);
  if (smooth < least) return filled < least ? null : { white: [255, 255, 255], noise: 0 };
  const mode = counts.indexOf(counts.reduce((a, b) => Math.max(a, b)));
  const sums = [0, 0, 0];
  let pixels = 0;
  for (let i = 0; i < isGlass.length; i++) {
    const value = brightness(3 * i);
    if (isGlass[i] === 0 || value === 255 || Math.abs(value - mode) > SPREAD) continue;
    for (let c = 0; c < 3; c++) sums[c] += data[3 * i + c];
    pixels++;
  }
  const white = [sums[0] / pixels, sums[1] / pixels, sums[2] / pixels] as const;
  return { white, noise: noiseOf(picture, isGlass, white, mode) };
}

/** 1 where a pixel and all around it are bright, nearly grey, and much like their neighbours to the right and below. */
function smoothPixels({ data, width, height }: Raster): Uint8Array {
  const isSmooth = new Uint8Array(width * height);
  const isLike = (a: number, b: number) =>
    Math.abs(data[a] - data[b]) <= SMOOTH &&
    Math.abs(data[a + 1] - data[b + 1]) <= SMOOTH &&
    Math.abs(data[a + 2] - data[b + 2]) <= SMOOTH;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const at = 3 * i;
      const smallest = Math.min(data[at], data[at + 1], data[at + 2]);
      const largest = Math.max(data[at], data[at + 1], data[at + 2]);
      if (smallest < DARKEST_GLASS || largest - smallest > MOST_COLOURED * largest) continue;
      if (isLike(at, x + 1 < width ? at + 3 : at) && isLike(at, y + 1 < height ? at + 3 * width : at)) isSmooth[i] = 1;
    }
  // In the grain of pale tissue single pixels are smooth by chance, but not nine together.
  const distances = squaredDistances(findRuns({ data: isSmooth, width, height }));
  return isSmooth.map((_, i) => (distances[i] > 2 ? 1 : 0));
}

function noiseOf({ data }: Raster, isGlass: Uint8Array, white: readonly number[], mode: number): number {
  const counts = new Uint32Array(256);
  let pixels = 0;
  for (let i = 0, at = 0; i < isGlass.length; i++, at += 3) {
    if (isGlass[i] === 0 || Math.abs(Math.round((data[at] + data[at + 1] + data[at + 2]) / 3) - mode) > SPREAD)
      continue;
    const red = Math.min(255, (data[at] * 255) / white[0]);
    const green = Math.min(255, (data[at + 1] * 255) / white[1]);
    const blue = Math.min(255, (data[at + 2] * 255) / white[2]);
    counts[Math.round(Math.max(red, green, blue) - Math.min(red, green, blue))]++;
    pixels++;
  }
  let passed = 0;
  for (let value = 0; value < 256; value++) {
    passed += counts[value];
    if (passed >= NOISE_SHARE * pixels) return value;
  }
  return 255;
}
