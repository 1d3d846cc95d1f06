import type { Raster } from '@/lib/imaging/raster';
import { decodePng } from './decode-png';

/** Fetches a PNG and unpacks it on the way; `channels` as of `decodePng`. */
export async function fetchPicture(
  url: string,
  channels: 1 | 3,
  onProgress?: (fraction: number) => void,
): Promise<Raster> {
  const response = await fetch(url);
  if (!response.ok || !response.body)
    throw new Error(`A picture of this result could not be loaded (${response.status}).`);
  return decodePng(response.body, channels, onProgress);
}
