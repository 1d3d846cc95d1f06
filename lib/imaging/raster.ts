import { AppError } from '@/lib/errors';

/**
 * An 8-bit picture: `data[(row * width + col) * channels + channel]`, row-major, channels interleaved.
 * The bytes may lie in a SharedArrayBuffer, so that threads see one copy.
 */
export type Raster = {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
};

/** Where a part lies in a picture, and the size of that picture. */
export type Place = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A picture, or a part of a larger one, which then says where it lies. Coordinates are always those of the whole. */
export type PictureWindow = Raster & { readonly place?: Place };

export const placeOf = ({ place, width, height }: PictureWindow): Place => place ?? { x: 0, y: 0, width, height };

/** 0 = background, k = instance k; `data[row * width + col]`. */
export type LabelMap = { readonly data: Int32Array; readonly width: number; readonly height: number };

/** 0 or 1 a pixel. */
export type Mask = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/**
 * Wraps bytes as a raster after checking that they fit the shape.
 *
 * @throws AppError `shape_mismatch` when the length is not width x height x channels.
 */
export function raster(data: Uint8Array, width: number, height: number, channels: 1 | 3): Raster {
  const expected = width * height * channels;
  if (data.length !== expected)
    throw new AppError(
      'shape_mismatch',
      `${width} x ${height} x ${channels} needs ${expected} bytes, got ${data.length}`,
    );
  return { data, width, height, channels };
}

/** A zeroed raster in shared memory: every thread that receives it reads and writes the same bytes. */
export function sharedRaster(width: number, height: number, channels: 1 | 3): Raster {
  return { data: new Uint8Array(new SharedArrayBuffer(width * height * channels)), width, height, channels };
}

/** Sets all bytes to 0. In shared memory each value is written by itself, so that eight bytes at once are faster. */
export function clear({ data }: Raster): void {
  const from = (8 - (data.byteOffset % 8)) % 8;
  const words = Math.max(0, Math.floor((data.length - from) / 8));
  if (words > 0) new Float64Array(data.buffer, data.byteOffset + from, words).fill(0);
  data.fill(0, 0, Math.min(from, data.length));
  data.fill(0, from + 8 * words);
}

/** @throws AppError `shape_mismatch` when two pictures of one scene differ in width or height. */
export function assertSameSize(a: { width: number; height: number }, b: { width: number; height: number }): void {
  if (a.width !== b.width || a.height !== b.height)
    throw new AppError('shape_mismatch', `expected ${a.width} x ${a.height}, got ${b.width} x ${b.height}`);
}
