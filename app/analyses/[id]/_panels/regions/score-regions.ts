import { t } from '@/app/_text/t';
import type { Region } from '@/lib/contracts/analysis';
import { HOT_SPOT_MM2_RANGE } from '@/lib/contracts/score-choice';
import { applyRegions, splitRegions } from '@/lib/scoring/gate/apply-regions';
import { countRegionPixels } from '@/lib/scoring/gate/region-area';
import type { HotSpot } from '@/lib/scoring/scores/hot-spot';
import { labelingIndex } from '@/lib/scoring/scores/labeling-index';
import { type HotSpotSize, hotSpotWish, locateHotSpots } from '@/lib/scoring/scores/score-summary';
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
    return total === 0
      ? t('no nuclei')
      : t('{percent} %, {positive} of {total}', { percent: percentPositive.toFixed(1), positive, total });
  });
}

/** The area of each region, in pixels: of those that count without what enabled exclude regions take away, as in reports. */
export function areasOf(regions: readonly Region[], { width, height }: { width: number; height: number }): number[] {
  const { exclude } = splitRegions(regions);
  return regions.map(({ kind, rings }) =>
    countRegionPixels({ include: [rings], exclude: kind === 'include' ? exclude : [] }, width, height),
  );
}

/** The Ki67 guidelines' field: a high-power field of about this area. */
const GUIDELINE_MM2 = 0.2;

/** The field to begin with: that of the guidelines, or one of half the shorter side of an image that is too small for it. */
export function fittingField({ width, height }: { width: number; height: number }, micronsPerPixel: number): number {
  const sideMm = (Math.min(width, height) * micronsPerPixel) / 1000;
  if (sideMm ** 2 >= GUIDELINE_MM2) return GUIDELINE_MM2;
  return Math.max(HOT_SPOT_MM2_RANGE.min, Number(((sideMm / 2) ** 2).toPrecision(1)));
}

/** Looks for the hottest fields inside what was drawn by hand, that do not overlap; none when there is no such field. */
export function findIn(
  { found, gated }: Pick<LiveScore, 'found' | 'gated'>,
  picture: { image: { width: number; height: number }; micronsPerPixel: number },
  regions: readonly Region[],
  size: HotSpotSize,
  most: number,
): HotSpot[] {
  const wish = hotSpotWish(size, regions);
  if (wish?.kind !== 'find') return [];
  return locateHotSpots(found, gated, { ...picture, exclude: splitRegions(regions).exclude }, wish, most);
}
