import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import { isHarmless, wordsOf } from './find-damage';
import sharp from './limited-sharp';

type Size = { width: number; height: number };

/**
 * Decodes a JPEG tile of a kept slide to RGB.
 *
 * @returns null where it is damaged, or has another size
 */
export async function decodeTile(jpeg: Uint8Array, size: Size): Promise<Raster | null> {
  try {
    return await decode(jpeg, size, 'warning');
  } catch (error) {
    const messages = wordsOf(error instanceof Error ? error.message : String(error));
    return isHarmless(messages) ? decode(jpeg, size, 'truncated').catch(() => null) : null;
  }
}

async function decode(jpeg: Uint8Array, { width, height }: Size, failOn: 'warning' | 'truncated') {
  const { data, info } = await sharp(jpeg, { failOn, ignoreIcc: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height || info.channels !== 3) return null;
  return { data, width, height, channels: 3 as const };
}
