import { PassingFailure } from '@/app/_loading/failures';
import type { Raster } from '@/lib/imaging/raster';
import { decodePng } from './decode-png';

/**
 * Fetches a PNG and unpacks it while it arrives. `channels` is that of `decodePng`.
 *
 * @throws PassingFailure when it does not arrive as a whole: no network, an expired link, a busy storage, or another page
 *   in its place
 */
export async function fetchPicture(
  url: string,
  channels: 1 | 3,
  onProgress?: (fraction: number) => void,
): Promise<Raster> {
  const response = await fetch(url, { cache: 'no-store' }).catch(() => {
    throw new PassingFailure('A picture of this result could not be fetched: the server did not answer.');
  });
  if (!response.ok || !response.body)
    throw new PassingFailure(`A picture of this result could not be fetched: ${whyOf(response.status)}.`);
  try {
    return await decodePng(response.body, channels, onProgress);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/allocation/i.test(why)) throw new Error('This device has too little memory for a picture of this size.');
    throw new PassingFailure(`A picture of this result is incomplete: ${why}`);
  }
}

function whyOf(status: number): string {
  if (status === 403) return 'its link has expired';
  if (status === 404 || status === 410) return 'it is not there';
  if (status === 429) return 'too many were asked for at once';
  return `the server answered ${status}`;
}
