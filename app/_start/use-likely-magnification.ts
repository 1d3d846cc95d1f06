import { useEffect, useState } from 'react';
import { likelyMagnification } from '@/lib/client/analyses';
import type { LikelyMagnification } from '@/lib/contracts/analysis';

const UNKNOWN: LikelyMagnification = { resolution: null, nucleus_diameter_px: null };

/**
 * The magnification that the nuclei of an image look like.
 *
 * @param id - of a checked analysis; null = it is known otherwise
 * @returns null until the server has looked
 */
export function useLikelyMagnification(id: string | null): LikelyMagnification | null {
  const [likely, setLikely] = useState<LikelyMagnification | null>(null);
  useEffect(() => {
    if (id === null) return;
    const abort = new AbortController();
    // Without an answer the user chooses, as where the nuclei do not tell.
    likelyMagnification(id, { signal: abort.signal }).then(setLikely, () => abort.signal.aborted || setLikely(UNKNOWN));
    return () => abort.abort();
  }, [id]);
  return likely;
}
