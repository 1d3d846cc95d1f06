import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import sharp from './limited-sharp';
import { withProfile } from './png-chunks';

/**
 * Converts samples by an ICC profile to 8-bit sRGB. sharp takes a profile from a file alone, so the samples are written
 * to a PNG that has it.
 *
 * @param data - of the whole scale, 0 to 65,535
 */
export async function convertByProfile(
  { data, width, height, channels }: { data: Uint16Array; width: number; height: number; channels: 1 | 3 },
  profile: Buffer,
): Promise<Buffer> {
  const png = await sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .png({ compressionLevel: 0 })
    .toBuffer();
  const tagged = sharp(withProfile(png, profile), { limitInputPixels: false });
  // sharp converts 16-bit colours to Display P3, and leaves them there unless an output profile is given.
  return (channels === 3 ? tagged.withIccProfile('srgb') : tagged).toColourspace('srgb').raw().toBuffer();
}

/** The same for 8-bit RGB, in place. */
export async function applyProfile({ data, width, height }: Raster, profile: Buffer): Promise<void> {
  const png = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 0 })
    .toBuffer();
  data.set(await sharp(withProfile(png, profile), { limitInputPixels: false }).toColourspace('srgb').raw().toBuffer());
}
