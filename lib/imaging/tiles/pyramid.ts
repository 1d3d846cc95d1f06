import type { Raster } from '@/lib/imaging/raster';

/** Levels of a picture, the whole one first, each half as wide and high as the one before (rounded up). */
export type Pyramid = readonly Raster[];

/** Both sides of the smallest level are no longer than this. */
const SMALLEST_LEVEL_PX = 512;

/** How many times a picture is halved until both sides are short enough. */
export function countHalvings(width: number, height: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / SMALLEST_LEVEL_PX)));
}

export function buildPyramid(picture: Raster): Pyramid {
  const levels = [picture];
  for (let n = countHalvings(picture.width, picture.height); n > 0; n--) levels.push(halve(levels[levels.length - 1]));
  return levels;
}

/** Means of two by two pixels. A last odd row or column is averaged with itself. */
export function halve({ data, width, height, channels }: Raster): Raster {
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new Uint8Array(halfWidth * halfHeight * channels);
  for (let y = 0, o = 0; y < halfHeight; y++) {
    const above = 2 * y * width * channels;
    const below = Math.min(2 * y + 1, height - 1) * width * channels;
    for (let x = 0; x < halfWidth; x++) {
      const left = 2 * x * channels;
      const right = Math.min(2 * x + 1, width - 1) * channels;
      for (let c = 0; c < channels; c++, o++)
        out[o] =
          (data[above + left + c] + data[above + right + c] + data[below + left + c] + data[below + right + c] + 2) >>
          2;
    }
  }
  return { data: out, width: halfWidth, height: halfHeight, channels };
}
