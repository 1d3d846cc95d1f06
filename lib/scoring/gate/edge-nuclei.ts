import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from './gate-nuclei';

/** Nuclei that count, with those at the edge of the picture or without them. */
export type EdgeNuclei = {
  readonly counted: GatedNuclei;
  /** How many of the nuclei that passed everything else touch the edge, whether they count or not. */
  readonly onEdges: number;
};

/**
 * Finds the nuclei that touch the edge of the picture, of which a part may lie outside, and leaves them out if asked to.
 * ImageJ calls this "exclude on edges".
 *
 * @param gated - after thresholds, corrections and regions
 */
export function judgeEdges(
  { bbox }: Pick<NucleusColumns, 'bbox'>,
  gated: GatedNuclei,
  { width, height }: { readonly width: number; readonly height: number },
  areExcluded: boolean,
): EdgeNuclei {
  const kept = areExcluded ? gated.kept.slice() : gated.kept;
  let onEdges = 0;
  for (let k = 0; k < gated.kept.length; k++) {
    if (gated.kept[k] === 0) continue;
    // The box ends before x1 and y1.
    const isInside = bbox[4 * k] > 0 && bbox[4 * k + 1] > 0 && bbox[4 * k + 2] < width && bbox[4 * k + 3] < height;
    if (isInside) continue;
    onEdges++;
    if (areExcluded) kept[k] = 0;
  }
  return { counted: areExcluded ? { ...gated, kept } : gated, onEdges };
}
