import 'server-only';
import { join } from 'node:path';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import sharp from '@/lib/server/images/limited-sharp';
import { isSrgbProfile } from '@/lib/server/images/srgb-profile';
import type { Content } from '@/lib/server/readers/identify-content';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { JPEG_QUALITY } from './build-levels';
import { TILE_SIDE } from './plan-levels';

/** The name of the tiled TIFF. */
export const RETILED = 'retiled.tif';
/** Formats that libvips decodes from the top to the bottom, with a few rows in memory. */
const STREAMED = ['PNG', 'JPEG', 'TIFF'];
/** Of the tiled copy with its levels, at most. */
const BYTES_PER_PIXEL = 1;
/** Ten times what it takes on an idle core. */
const SECONDS = 60;
const SECONDS_PER_MEGAPIXEL = 0.2;
const MAX_SECONDS = 3600;
const MAX_MEGAPIXELS = 10_000;

/**
 * Makes a tiled TIFF of a picture that is too large to be decoded whole. Its rows pass through memory once.
 *
 * @param folder - where the TIFF is written
 * @returns the TIFF; null for a picture within the limit, a tiled one, or one whose samples need more than a stream
 * @throws AppError `unreadable_image`, `image_too_large`, `storage_full` with the bytes that are needed
 */
export async function retileLarge(path: string, content: Content, folder: string): Promise<string | null> {
  const { name, tiff, isCommon } = content;
  if (!isCommon || !STREAMED.includes(name ?? '') || (tiff && tiff.levels.length > 0)) return null;
  // Another page than the first, or one that is turned, is read by the rules of the whole picture.
  if (tiff && (!tiff.picture.isFirst || tiff.orientation !== 1)) return null;
  const open = { sequentialRead: true, limitInputPixels: false } as const;
  // Of a file that is cut short libvips may not even find the header. The readers say so.
  const header = await sharp(path, open)
    .metadata()
    .catch(() => null);
  if (header === null) return null;
  const { width, height, depth, space, orientation = 1, icc } = header;
  const isPlain = depth === 'uchar' && (space === 'srgb' || space === 'b-w') && orientation === 1;
  if (width * height <= getEnv().limits.pixels || !isPlain) return null;
  const megapixels = (width * height) / 1e6;
  if (megapixels > MAX_MEGAPIXELS)
    throw new AppError(
      'image_too_large',
      `A picture without tiles may have ${MAX_MEGAPIXELS} megapixels, this one has ${width} x ${height}. Save it as a tiled pyramid.`,
    );
  const retiled = join(folder, RETILED);
  await withRoom(folder, Math.ceil(width * height * BYTES_PER_PIXEL), 'To cut this picture into tiles', () =>
    sharp(path, { ...open, failOn: 'warning', ignoreIcc: icc === undefined || isSrgbProfile(icc) })
      .timeout({ seconds: Math.min(MAX_SECONDS, Math.ceil(SECONDS + SECONDS_PER_MEGAPIXEL * megapixels)) })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .tiff({
        ...{ tile: true, tileWidth: TILE_SIDE, tileHeight: TILE_SIDE, pyramid: true, bigtiff: true },
        ...{ compression: 'jpeg', quality: JPEG_QUALITY },
      })
      .toFile(retiled)
      .catch((cause: unknown) => {
        throw new AppError('unreadable_image', `The ${name} file is cut short or damaged, or takes too long to read.`, {
          cause,
        });
      }),
  );
  return retiled;
}
