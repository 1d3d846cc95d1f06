import type { Raster } from '@/lib/imaging/raster';
import { sampleStep, valueAtRank } from './white-balance';

export type PictureColours = {
  /** 99th percentile of each channel: the colour of glass, where the picture shows some. */
  white: readonly number[];
  /** Colour of that white: 0 = neutral, 1 = a channel is missing. */
  tint: number;
  /** 99.9th percentile of the largest minus the smallest channel of a pixel, after balancing to that white. */
  chroma: number;
  /** Median over the pixels of the mean of their channels. */
  brightness: number;
};

const WHITE_SHARE = 0.99;
const CHROMA_SHARE = 0.999;

/** Measures the colours of a whole picture, sampled on a grid (`sampleStep`). */
export function measureColours(image: Raster): PictureColours {
  const { pixels, red, green, blue, sums } = countLevels(image);
  const white = [red, green, blue].map((counts) => valueAtRank(counts, Math.ceil(WHITE_SHARE * pixels)));
  const chromas = countChromas(image, white);
  const means = new Uint32Array(256);
  for (let sum = 0; sum < sums.length; sum++) means[Math.round(sum / 3)] += sums[sum];
  return {
    white,
    tint: 1 - Math.min(...white) / Math.max(1, ...white),
    chroma: valueAtRank(chromas, Math.ceil(CHROMA_SHARE * pixels)),
    brightness: valueAtRank(means, Math.ceil(pixels / 2)),
  };
}

/** How many samples have each level of a channel, and each sum of the three. */
function countLevels(image: Raster) {
  const { data, width, height, channels } = image;
  const [red, green, blue] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  const sums = new Uint32Array(3 * 255 + 1);
  const step = sampleStep(image);
  let pixels = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * channels;
      const r = data[at];
      const g = data[at + channels - 2];
      const b = data[at + channels - 1];
      red[r]++;
      green[g]++;
      blue[b]++;
      sums[r + g + b]++;
      pixels++;
    }
  return { pixels, red, green, blue, sums };
}

/** How many samples have each difference between their largest and smallest channel, after balancing to `white`. */
function countChromas(image: Raster, white: readonly number[]): Uint32Array {
  const { data, width, height, channels } = image;
  const chromas = new Uint32Array(256);
  const [redOf, greenOf, blueOf] = white.map((level) =>
    Float64Array.from({ length: 256 }, (_, value) => Math.min(255, value * (255 / Math.max(1, level)))),
  );
  const step = sampleStep(image);
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * channels;
      const r = redOf[data[at]];
      const g = greenOf[data[at + channels - 2]];
      const b = blueOf[data[at + channels - 1]];
      chromas[Math.round(Math.max(r, g, b) - Math.min(r, g, b))]++;
    }
  return chromas;
}
