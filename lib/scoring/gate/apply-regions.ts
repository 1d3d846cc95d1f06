import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from './gate-nuclei';
import { insideRoi, type Polygon } from './roi';

/** Where nuclei count: in any of `include` (everywhere when it is empty), and in none of `exclude`. */
export type Regions = { readonly include: readonly Polygon[]; readonly exclude: readonly Polygon[] };

export const EVERYWHERE: Regions = { include: [], exclude: [] };

/** A region drawn by hand or read from a file. */
export type DrawnRegion = {
  readonly kind: 'include' | 'exclude';
  readonly rings: Polygon;
  /** A region that is not enabled has no effect. */
  readonly enabled?: boolean;
};

export function splitRegions(drawn: readonly DrawnRegion[]): Regions {
  const ringsOf = (wanted: DrawnRegion['kind']) =>
    drawn.filter(({ kind, enabled = true }) => enabled && kind === wanted).map(({ rings }) => rings);
  return { include: ringsOf('include'), exclude: ringsOf('exclude') };
}

/** Drops the nuclei whose centres lie outside of the regions. Without regions it returns `gated` itself. */
export function applyRegions(
  { centroidX, centroidY }: Pick<MeasuredNuclei, 'centroidX' | 'centroidY'>,
  gated: GatedNuclei,
  { include, exclude }: Regions,
): GatedNuclei {
  if (include.length === 0 && exclude.length === 0) return gated;
  const [isIncluded, isExcluded] = [insideRoi(include), insideRoi(exclude)];
  const kept = gated.kept.map((isKept, k) => {
    if (isKept === 0) return 0;
    // A centroid counts from the centre of pixel (0, 0), a region from its corner.
    const [x, y] = [centroidX[k] + 0.5, centroidY[k] + 0.5];
    return (include.length === 0 || isIncluded(x, y)) && !isExcluded(x, y) ? 1 : 0;
  });
  return { ...gated, kept };
}
