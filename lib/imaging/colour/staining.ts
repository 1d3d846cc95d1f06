import type { Raster } from '@/lib/imaging/raster';
import { balancedBytes, sampleStep } from './white-balance';

/**
 * How a model wants a picture's staining described: the mean optical density beyond which a pixel is `tissue`, and
 * ascending steps of being `brown` (density of blue light less that of red), `blue` (the opposite) and `dark` (mean
 * density).
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
 * Tells a network, which sees a tile, how strongly the whole picture is stained: readers judge a trace of brown against
 * the slide's own brown.
 *
 * @param image - RGB, the whole image; pixels on a grid are looked at, 2^20 of them or a little more
 * @param gains - of its white balance, one a channel
 * @returns for every step, brown before blue before dark, 1 - log(share of the tissue beyond it + least) / log(least):
 *   0 for none and about 1 for all; zeros where there is no tissue
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

/** Optical density of each byte once it is balanced. */
const densityTable = (gain: number) => Float64Array.from(balancedBytes(gain), (byte) => -Math.log10((byte + 1) / 256));
