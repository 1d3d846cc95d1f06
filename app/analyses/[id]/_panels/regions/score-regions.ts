import type { Region } from '@/lib/contracts/analysis';
import { applyRegions, splitRegions } from '@/lib/scoring/gate/apply-regions';
import type { HotSpot } from '@/lib/scoring/scores/hot-spot';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import { type HotSpotSize, hotSpotWish, locateHotSpot } from '@/lib/scoring/scores/score-summary';
import type { LiveScore } from '../../_preview/live-protocol';

/** The labeling index of each region alone, without the nuclei in enabled exclude regions. */
export function scoreRegions(
  { found, gated }: Pick<LiveScore, 'found' | 'gated'>,
  regions: readonly Region[],
): string[] {
  const { exclude } = splitRegions(regions);
  return regions.map(({ rings }) => {
    const within = applyRegions(found, gated, { include: [rings], exclude });
    const { total, positive, percentPositive } = labelingIndex(within);
    return total === 0 ? 'no nuclei' : `${percentPositive.toFixed(1)} %, ${positive} of ${total}`;
  });
}
/** Looks for the hot spot inside what was drawn by hand; null when there is no such field. */
export function findIn(
  { found, gated }: Pick<LiveScore, 'found' | 'gated'>,
  picture: { image: { width: number; height: number }; micronsPerPixel: number },
  regions: readonly Region[],
  size: HotSpotSize,
): HotSpot | null {
  const wish = hotSpotWish(size, regions);
  return wish && locateHotSpot(found, gated, { ...picture, exclude: splitRegions(regions).exclude }, wish);
}
