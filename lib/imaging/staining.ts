import type { Raster } from './raster';
import { balancedBytes, sampleStep } from './white-balance';

/**
 * How a model wants a picture's staining described: the mean optical density beyond which a pixel is `tissue`, and
 * ascending steps of being `brown`, the density of blue light less that of red.
 */
export type Staining = { tissue: number; brown: readonly number[]; leastShare: number };

/**
 * Tells a network, which sees a tile, how strongly the whole picture is stained: readers judge a trace of brown against
 * the slide's own brown.
 *
 * @param image - RGB, the whole image; pixels on a grid are looked at, 2^20 of them or a little more
 * @param gains - of its white balance, one a channel
 * @returns for every step 1 - log(share of the tissue that is browner + least) / log(least): 0 for none and about 1 for
 *   all; zeros where there is no tissue
 */
export function describeStaining(
  image: Raster,
  gains: readonly number[],
  { tissue, brown, leastShare }: Staining,
): Float32Array {
  const { data, width, height } = image;
  const [red, green, blue] = gains.map(densityTable);
  const browner = new Uint32Array(brown.length);
  const step = sampleStep(image);
  let pixels = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const [r, g, b] = [red[data[at]], green[data[at + 1]], blue[data[at + 2]]];
      if ((r + g + b) / 3 <= tissue) continue;
      pixels++;
      for (let i = 0; i < brown.length && b - r > brown[i]; i++) browner[i]++;
    }
  const toFeature = (count: number) => 1 - Math.log(count / Math.max(1, pixels) + leastShare) / Math.log(leastShare);
  return Float32Array.from(browner, toFeature);
}

/** Optical density of each byte once it is balanced. */
const densityTable = (gain: number) => Float64Array.from(balancedBytes(gain), (byte) => -Math.log10((byte + 1) / 256));
