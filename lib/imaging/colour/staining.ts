import type { Raster } from '@/lib/imaging/raster';
import { balancedBytes, sampleStep } from './white-balance';

/**
 * How a model wants a picture's staining described, in optical densities. A pixel whose mean density exceeds `tissue`
 * is tissue. The ascending steps are of `brown` (density of blue light minus that of red), `blue` (the opposite) and
 * `dark` (mean density).
 */
export type Staining = {
  tissue: number;
  brown: readonly number[];
  blue: readonly number[];
  dark: readonly number[];
  leastShare: number;
};

export const countFeatures = ({ brown, blue, dark }: Staining): number => brown.length + blue.length + dark.length;

/**
 * Measures how strongly the whole picture is stained, for a network that sees one tile of it: readers judge a trace of
 * brown against the brown of the slide.
 *
 * @param image - RGB, the whole image; sampled on a grid, 2^20 pixels or a little more
 * @param gains - of the white balance, one a channel
 * @returns for every step, brown, then blue, then dark: 1 - log(share of the tissue beyond it + least) / log(least).
 *   0 for no pixel, about 1 for all; zeros without tissue
 */
export function describeStaining(image: Raster, gains: readonly number[], rule: Staining): Float32Array {
  const { tissue, brown, blue, dark, leastShare } = rule;
  const { data, width, height } = image;
  const [redOf, greenOf, blueOf] = gains.map(densityTable);
  // Of each pixel the highest step that it is beyond, counted from 1.
  const [browns, blues, darks] = [brown, blue, dark].map((steps) => new Uint32Array(steps.length + 1));
  const step = sampleStep(image);
  let pixels = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const r = redOf[data[at]];
      const g = greenOf[data[at + 1]];
      const b = blueOf[data[at + 2]];
      const mean = (r + g + b) / 3;
      if (mean <= tissue) continue;
      pixels++;
      browns[stepsBelow(b - r, brown)]++;
      blues[stepsBelow(r - b, blue)]++;
      darks[stepsBelow(mean, dark)]++;
    }
  const toFeature = (count: number) => 1 - Math.log(count / Math.max(1, pixels) + leastShare) / Math.log(leastShare);
  return Float32Array.from([browns, blues, darks].flatMap(countBeyond), toFeature);
}

/** How many of the ascending steps a value is beyond. */
function stepsBelow(value: number, steps: readonly number[]): number {
  let i = 0;
  while (i < steps.length && value > steps[i]) i++;
  return i;
}

/** How many pixels are beyond each step, from how many have each as their highest. */
function countBeyond(highest: Uint32Array): number[] {
  let sum = 0;
  return Array.from(highest.subarray(1))
    .reverse()
    .map((count) => {
      sum += count;
      return sum;
    })
    .reverse();
}

/** Optical density of each byte after the white balance. */
const densityTable = (gain: number) => Float64Array.from(balancedBytes(gain), (byte) => -Math.log10((byte + 1) / 256));
