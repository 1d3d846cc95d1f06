import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import sharp from './limited-sharp';

/** Longer side in pixels: sharp on a phone of double density, and less than 100 KB. */
export const THUMBNAIL_SIDE = 768;

/** Makes a small picture of an image, as WebP. An image that is smaller already keeps its size. */
export async function encodeThumbnail({ data, width, height, channels }: Raster) {
  const { data: bytes, info } = await sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer({ resolveWithObject: true });
  return { bytes, width: info.width, height: info.height };
}
