import type { Raster } from './raster';
import { sampleStep } from './white-balance';

/**
 * How a model wants a picture's staining described: the mean optical density from which a pixel is `tissue`, and steps
 * of being `brown` (density of blue light less that of red), `blue` (the opposite) and `dark` (mean density), each ascending.
 */
export type Staining = {
  tissue: number;
  brown: readonly number[];
  blue: readonly number[];
  dark: readonly number[];
  leastShare: number;
};

/**
 * Tells a network, which sees a tile, how strongly the whole picture is stained: readers judge a trace of brown against
 * the slide's own brown.
 *
 * @param image - RGB, the whole image; pixels on a grid are looked at, 2^20 of them or a little more
 * @param gains - of its white balance, one a channel
 * @returns for every step, brown before blue before dark: 1 - log(share of the tissue beyond it + least) / log(least),
 *   0 for none and about 1 for all; zeros where there is no tissue
 */
export function describeStaining(image: Raster, gains: readonly number[], rule: Staining): Float32Array {
  const { data, width, height } = image;
  const [red, green, blue] = gains.map(densityTable) as [Float64Array, Float64Array, Float64Array];
  const browner = new Uint32Array(rule.brown.length);
  const bluer = new Uint32Array(rule.blue.length);
  const darker = new Uint32Array(rule.dark.length);
  const step = sampleStep(image);
  let tissue = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const [r, g, b] = [red[data[at]!]!, green[data[at + 1]!]!, blue[data[at + 2]!]!];
      const mean = (r + g + b) / 3;
      if (mean <= rule.tissue) continue;
      tissue++;
      countBeyond(browner, rule.brown, b - r);
      countBeyond(bluer, rule.blue, r - b);
      countBeyond(darker, rule.dark, mean);
    }
  const scale = -1 / Math.log(rule.leastShare);
  const toFeature = (count: number) => 1 + scale * Math.log(count / Math.max(1, tissue) + rule.leastShare);
  return Float32Array.from([...browner, ...bluer, ...darker], toFeature);
}

function countBeyond(counts: Uint32Array, steps: readonly number[], value: number): void {
  for (let i = 0; i < steps.length && value > steps[i]!; i++) counts[i]!++;
}

/** Optical density of each byte once it is multiplied by the gain, as `balance` does. */
const densityTable = (gain: number) =>
  Float64Array.from(
    { length: 256 },
    (_, value) => -Math.log10((Math.min(255, Math.floor(value * gain + 0.5)) + 1) / 256),
  );
