import 'server-only';
import type { Raster } from '@/lib/imaging/raster';

/** An RGB tile in memory of this thread. */
export type Pixels = Pick<Raster, 'data' | 'width' | 'height'>;

const WHITE = 255;

/** A white picture. */
export const whitePixels = (width: number, height: number): Pixels => ({
  data: new Uint8Array(width * height * 3).fill(WHITE),
  width,
  height,
});

/** Whether every sample is at its maximum. */
export const isWhite = ({ data }: Pixels): boolean => {
  for (let at = 0; at < data.length; at++) if (data[at] !== WHITE) return false;
  return true;
};

/**
 * Halves a picture: each pixel is the rounded mean of two by two. At an odd edge the last column or row counts twice, so
 * the size is rounded up.
 */
export function halve({ data, width, height }: Pixels): Pixels {
  const halved = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const means = new Uint8Array(halved.width * halved.height * 3);
  let to = 0;
  for (let row = 0; row < halved.height; row++) {
    const above = 2 * row * width * 3;
    const below = 2 * row + 1 < height ? above + width * 3 : above;
    for (let column = 0; column < halved.width; column++) {
      const left = column * 6;
      const right = 2 * column + 1 < width ? left + 3 : left;
      for (let channel = 0; channel < 3; channel++) {
        const sum =
          (data[above + left + channel] as number) +
          (data[above + right + channel] as number) +
          (data[below + left + channel] as number) +
          (data[below + right + channel] as number);
        means[to++] = (sum + 2) >> 2;
      }
    }
  }
  return { data: means, ...halved };
}

/** Copies a picture into a larger one, with its corner at x, y. */
export function paste(from: Pixels, into: Pixels, x: number, y: number): void {
  for (let row = 0; row < from.height; row++)
    into.data.set(
      from.data.subarray(row * from.width * 3, (row + 1) * from.width * 3),
      ((y + row) * into.width + x) * 3,
    );
}

/** A part of a picture, which must lie in it. */
export function cut(from: Pixels, x: number, y: number, width: number, height: number): Pixels {
  if (x === 0 && y === 0 && width === from.width && height === from.height) return from;
  const part = { data: new Uint8Array(width * height * 3), width, height };
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * from.width + x) * 3;
    part.data.set(from.data.subarray(start, start + width * 3), row * width * 3);
  }
  return part;
}

/** A picture made larger to the right and below by its last column and row, which costs a JPEG the fewest bytes. */
export function extend(from: Pixels, width: number, height: number): Pixels {
  if (from.width === width && from.height === height) return from;
  const larger = { data: new Uint8Array(width * height * 3), width, height };
  for (let row = 0; row < height; row++) {
    const start = Math.min(row, from.height - 1) * from.width * 3;
    const line = from.data.subarray(start, start + from.width * 3);
    larger.data.set(line, row * width * 3);
    const last = line.subarray(-3);
    for (let column = from.width; column < width; column++) larger.data.set(last, (row * width + column) * 3);
  }
  return larger;
}
