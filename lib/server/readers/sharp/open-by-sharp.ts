import 'server-only';
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import type { Content } from '@/lib/server/readers/identify-content';
import type { RandomAccess, SlideInput } from '@/lib/server/readers/random-access';
import type { OpenSlide } from '@/lib/server/readers/slide-source';
import { TiledTiff } from './tiled-tiff';
import { openWholeImage } from './whole-image';

/**
 * Opens a picture of a common format. A tiled RGB TIFF is read in parts, everything else whole, within the pixel limit.
 *
 * @param file - the same bytes as `input`, open as long as the slide is
 * @throws AppError `unreadable_image`, `image_too_large`, `upload_too_large`
 */
export async function openBySharp(input: SlideInput, file: RandomAccess, content: Content): Promise<OpenSlide> {
  const levels = content.tiff?.levels ?? [];
  if (levels.length > 0) return new TiledTiff({ input, file, content }, levels);
  const readBytes = async () => (input instanceof Uint8Array ? input : readWhole(input.path, content.name));
  return openWholeImage(readBytes, content);
}

/** @throws AppError `upload_too_large` for a larger file, since these formats cannot be read in parts */
export async function readWhole(path: string, format: string | null): Promise<Uint8Array> {
  const { size } = await stat(path);
  const limit = getEnv().limits.uploadBytes;
  if (size <= limit) return readFile(path);
  throw new AppError(
    'upload_too_large',
    `A ${format ?? 'picture'} file is read whole and may have ${limit} bytes (${limit / 1e6} MB), this one has ${size}. Only slides that can be read in part, such as tiled TIFF, may be larger.`,
  );
}
