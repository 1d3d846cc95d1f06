import type { Raster } from '@/lib/imaging/raster';

/** How a model wants its pictures balanced: each channel's `percentile` is taken to `level`, at most `maxGain` times brighter. */
export type WhiteBalance = { percentile: number; level: number; maxGain: number };

/** As many pixels as tell the white point and the staining of any picture. */
const SAMPLES = 1 << 20;

/** Distance of the pixels, along rows and columns, at which about SAMPLES of a picture are looked at. */
export const sampleStep = ({ width, height }: Raster): number =>
  Math.max(1, Math.floor(Math.sqrt((width * height) / SAMPLES)));

/**
 * What each channel is to be multiplied by, so that glass is white whatever the lamp.
 *
 * @param image - the whole image; pixels on a grid are looked at, 2^20 of them or a little more
 * @returns one gain a channel
 */
export function whiteGains(image: Raster, { percentile, level, maxGain }: WhiteBalance): number[] {
  const { data, width, height, channels } = image;
  const step = sampleStep(image);
  const counts = Array.from({ length: channels }, () => new Uint32Array(256));
  let pixels = 0;
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) counts[channel][data[at + channel]]++;
      pixels++;
    }
  const rank = Math.ceil((percentile / 100) * pixels);
  return counts.map((count) => Math.min(maxGain, level / Math.max(1, valueAtRank(count, rank))));
}

/** The smallest value that `rank` values do not exceed. */
export function valueAtRank(count: Uint32Array, rank: number): number {
  let below = 0;
  for (let value = 0; value < count.length; value++) {
    below += count[value];
    if (below >= rank) return value;
  }
  return count.length - 1;
}

/** What each byte becomes when it is multiplied by the gain. */
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
