import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import sharp from './limited-sharp';
import { withPixelSize } from './png-chunks';

/**
 * Measured on 3000 x 3000 pixels with a camera's noise, one core: level 1 gives 28 MB in 0.32 s (zlib-ng's level 1 is
 * hardly more than storing), level 2 gives 21 MB in 0.5 s, level 6 21 MB in 0.54 s; trying every filter for each row
 * gives 15 MB in 0.72 s. On smooth maps level 2 is within a few percent of level 6 at a third of its time.
 */
const COMPRESSION_LEVEL = 2;

/**
 * Encodes a raster as an RGB PNG, in a thread of libuv's pool: several can be encoded at once.
 *
 * @param raster - grey is written as RGB, since clients expect three channels of every picture.
 * @param micronsPerPixel - written into the file, so that it says what it shows; null = not known, and not stated
 */
export async function encodePng(
  { data, width, height, channels }: Raster,
  micronsPerPixel: number | null,
): Promise<Buffer> {
  const png = await sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace('srgb')
    .png({ compressionLevel: COMPRESSION_LEVEL, adaptiveFiltering: false, palette: false })
    .toBuffer();
  return withPixelSize(png, micronsPerPixel);
}
