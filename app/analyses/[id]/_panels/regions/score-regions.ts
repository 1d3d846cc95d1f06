import type { Region } from '@/lib/contracts/analysis';
import { applyRegions } from '@/lib/scoring/gate/apply-regions';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { LiveScore } from '../../_preview/live-protocol';

/** The labeling index of each region alone, without the nuclei in enabled exclude regions. */
export function scoreRegions(
  { found, gated }: Pick<LiveScore, 'found' | 'gated'>,
  regions: readonly Region[],
): string[] {
  const exclude = excluded(regions);
  return regions.map(({ rings }) => {
    const within = applyRegions(found, gated, { include: [rings], exclude });
    const { total, positive, percentPositive } = labelingIndex(within);
    return total === 0 ? 'no nuclei' : `${percentPositive.toFixed(1)} %, ${positive} of ${total}`;
  });
}

/** The nuclei in which a hot spot is searched: 1 within the regions that were drawn by hand, else 0. */
export function searchable(
  { found, gated }: Pick<LiveScore, 'found' | 'gated'>,
  regions: readonly Region[],
): Uint8Array {
  const include = regions
    .filter(({ enabled, kind, shape }) => enabled && kind === 'include' && shape !== 'hotspot')
    .map(({ rings }) => rings);
  return applyRegions(found, gated, { include, exclude: excluded(regions) }).kept;
}

const excluded = (regions: readonly Region[]) =>
  regions.filter(({ enabled, kind }) => enabled && kind === 'exclude').map(({ rings }) => rings);
