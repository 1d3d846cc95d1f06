import type { Raster } from '@/lib/imaging/raster';

/** How a model wants pictures balanced: each channel is multiplied so that its `percentile` becomes `level`, by `maxGain` at most. */
export type WhiteBalance = { percentile: number; level: number; maxGain: number };

/** So many pixels are enough to find the white point and the staining of any picture. */
const SAMPLES = 1 << 20;

/** Distance, along rows and columns, between the pixels of a grid that has about SAMPLES pixels. */
export const sampleStep = ({ width, height }: Raster): number =>
  Math.max(1, Math.floor(Math.sqrt((width * height) / SAMPLES)));

/**
 * The factor of each channel that makes glass white, whatever the lamp of the scanner.
 *
 * @param image - the whole image; sampled on a grid, 2^20 pixels or a little more
 * @returns one gain a channel
 */
export function whiteGains(image: Raster, { percentile, level, maxGain }: WhiteBalance): number[] {
  const { width, height, channels } = image;
  const step = sampleStep(image);
  const counts = Array.from({ length: channels }, (_, channel) => countLevels(image, channel, step));
  const pixels = Math.ceil(height / step) * Math.ceil(width / step);
  const rank = Math.ceil((percentile / 100) * pixels);
  return counts.map((count) => Math.min(maxGain, level / Math.max(1, valueAtRank(count, rank))));
}

/** How many pixels of a grid have each value of a channel. */
function countLevels({ data, width, height, channels }: Raster, channel: number, step: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let y = 0; y < height; y += step)
    for (let at = y * width * channels + channel; at < (y + 1) * width * channels; at += step * channels)
      counts[data[at]]++;
  return counts;
}

/** The smallest value that at least `rank` of the counted values do not exceed. */
export function valueAtRank(count: Uint32Array, rank: number): number {
  let below = 0;
  for (let value = 0; value < count.length; value++) {
    below += count[value];
    if (below >= rank) return value;
  }
  return count.length - 1;
}

/** Each byte multiplied by the gain, clamped to 255. */
export const balancedBytes = (gain: number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => Math.min(255, Math.floor(value * gain + 0.5)));

/** Multiplies every channel of an RGB picture by its gain, in place: one pass takes half the time of three. */
export function balance({ data }: Raster, gains: readonly number[]): void {
  const [red, green, blue] = gains.map(balancedBytes);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red[data[i]];
    data[i + 1] = green[data[i + 1]];
    data[i + 2] = blue[data[i + 2]];
  }
}
