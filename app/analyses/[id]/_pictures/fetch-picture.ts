import { type FailureCode, PassingFailure } from '@/app/_loading/failures';
import type { Raster } from '@/lib/imaging/raster';
import { decodePng } from './decode-png';

/**
 * Fetches a PNG and unpacks it while it arrives. `channels` is that of `decodePng`.
 *
 * @throws PassingFailure with a code, when it does not arrive as a whole: no network, an expired link, a busy storage, or another page
 *   in its place
 */
export async function fetchPicture(
  url: string,
  channels: 1 | 3,
  onProgress?: (fraction: number) => void,
): Promise<Raster> {
  const response = await fetch(url, { cache: 'no-store' }).catch(() => {
    throw new PassingFailure('picture-unanswered' satisfies FailureCode);
  });
  if (!response.ok || !response.body) throw new PassingFailure(codeOf(response.status));
  try {
    return await decodePng(response.body, channels, onProgress);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/allocation/i.test(why)) throw new Error('picture-too-large' satisfies FailureCode);
    throw new PassingFailure(`picture-incomplete ${why}`);
  }
}

function codeOf(status: number): FailureCode | `picture-refused ${number}` {
  if (status === 403) return 'picture-expired';
  if (status === 404 || status === 410) return 'picture-gone';
  if (status === 429) return 'picture-busy';
  return `picture-refused ${status}`;
}
