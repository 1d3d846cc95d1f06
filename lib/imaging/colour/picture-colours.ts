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
  const channels = [0, 1, 2].map(() => new Uint32Array(256));
  const means = new Uint32Array(256);
  let pixels = 0;
  forEachSample(image, (r, g, b) => {
    channels[0][r]++;
    channels[1][g]++;
    channels[2][b]++;
    means[Math.round((r + g + b) / 3)]++;
    pixels++;
  });
  const white = channels.map((counts) => valueAtRank(counts, Math.ceil(WHITE_SHARE * pixels)));
  const [red, green, blue] = white.map((value) => 255 / Math.max(1, value)) as [number, number, number];
  const chromas = new Uint32Array(256);
  forEachSample(image, (r, g, b) => {
    const [x, y, z] = [Math.min(255, r * red), Math.min(255, g * green), Math.min(255, b * blue)];
    chromas[Math.round(Math.max(x, y, z) - Math.min(x, y, z))]++;
  });
  return {
    white,
    tint: 1 - Math.min(...white) / Math.max(1, ...white),
    chroma: valueAtRank(chromas, Math.ceil(CHROMA_SHARE * pixels)),
    brightness: valueAtRank(means, Math.ceil(pixels / 2)),
  };
}

function forEachSample(image: Raster, look: (r: number, g: number, b: number) => void): void {
  const { data, width, height, channels } = image;
  const step = sampleStep(image);
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * channels;
      look(data[at], data[at + channels - 2], data[at + channels - 1]);
    }
}
