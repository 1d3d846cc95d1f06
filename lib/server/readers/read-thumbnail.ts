import 'server-only';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { getEnv } from '@/lib/server/env';
import type { SlideSource } from './slide-source';

/** Pixels that are decoded at once where a slide has no small level. */
const BAND_PIXELS = 25_000_000;
/** A slide without a pyramid is read whole for its thumbnail, up to this many times the pixel limit. */
const MAX_WHOLE = 10;

/**
 * A small picture of a whole slide. It is read from a small level where there is one, else band by band, so that no more
 * than one band is in memory.
 *
 * @param longSide - of the picture in pixels, at most
 *
 * @throws AppError `image_too_large` for a huge slide without a small level
 */
export async function readThumbnail(slide: SlideSource, longSide: number): Promise<Raster> {
  const { width, height } = slide;
  const downsample = Math.max(1, Math.max(width, height) / longSide);
  const finest = slide.levels.findLast((level) => level.downsample <= downsample * 1.01) ?? slide;
  if (finest.width * finest.height <= getEnv().limits.pixels)
    return slide.readRegion({ x: 0, y: 0, width, height }, downsample);
  const limit = getEnv().limits.pixels * MAX_WHOLE;
  if (finest.width * finest.height > limit)
    throw new AppError(
      'image_too_large',
      `A slide without smaller levels may have ${limit} pixels, this one has ${width} x ${height} = ${width * height}. Save it as a pyramid.`,
    );
  return readByBands(slide, Math.ceil(downsample));
}

async function readByBands(slide: SlideSource, downsample: number): Promise<Raster> {
  const { width, height } = slide;
  const bandPixels = Math.min(BAND_PIXELS, getEnv().limits.pixels);
  const rowsAtOnce = Math.max(1, Math.floor(bandPixels / width / downsample));
  const thumbnail = sharedRaster(Math.round(width / downsample), Math.floor(height / downsample), 3);
  for (let row = 0; row < thumbnail.height; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, thumbnail.height - row);
    const band = await slide.readRegion({ x: 0, y: row * downsample, width, height: rows * downsample }, downsample);
    thumbnail.data.set(band.data, row * thumbnail.width * 3);
  }
  return thumbnail;
}
