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
  const [browner, bluer, darker] = [brown, blue, dark].map((steps) => new Uint32Array(steps.length));
  const step = sampleStep(image);
  let pixels = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const [r, g, b] = [redOf[data[at]], greenOf[data[at + 1]], blueOf[data[at + 2]]];
      const mean = (r + g + b) / 3;
      if (mean <= tissue) continue;
      pixels++;
      for (let i = 0; i < brown.length && b - r > brown[i]; i++) browner[i]++;
      for (let i = 0; i < blue.length && r - b > blue[i]; i++) bluer[i]++;
      for (let i = 0; i < dark.length && mean > dark[i]; i++) darker[i]++;
    }
  const toFeature = (count: number) => 1 - Math.log(count / Math.max(1, pixels) + leastShare) / Math.log(leastShare);
  return Float32Array.from([...browner, ...bluer, ...darker], toFeature);
}

/** Optical density of each byte after the white balance. */
const densityTable = (gain: number) => Float64Array.from(balancedBytes(gain), (byte) => -Math.log10((byte + 1) / 256));
