import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from './gate-nuclei';
import { insideRoi, type Polygon } from './roi';

/** Where nuclei count: in any of `include` (everywhere when it is empty), and in none of `exclude`. */
export type Regions = { readonly include: readonly Polygon[]; readonly exclude: readonly Polygon[] };

/** Drops the nuclei whose centres lie outside; gives `gated` itself back when there are no regions. */
export function applyRegions(
  table: Pick<NucleusTable, 'centroidX' | 'centroidY'>,
  gated: GatedNuclei,
  { include, exclude }: Regions,
): GatedNuclei {
  if (include.length === 0 && exclude.length === 0) return gated;
  const [isIncluded, isExcluded] = [insideRoi(include), insideRoi(exclude)];
  const kept = gated.kept.map((isKept, k) => {
    if (isKept === 0) return 0;
    // Centroids count pixels; a pixel's middle lies half a pixel further.
    const [x, y] = [table.centroidX[k] + 0.5, table.centroidY[k] + 0.5];
    return (include.length === 0 || isIncluded(x, y)) && !isExcluded(x, y) ? 1 : 0;
  });
  return { ...gated, kept };
}
