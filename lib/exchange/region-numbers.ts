import { type DrawnRegion, splitRegions } from '@/lib/scoring/gate/apply-regions';
import { countRegionPixels } from '@/lib/scoring/gate/region-area';
import { insideRoi } from '@/lib/scoring/gate/roi';
import { indexOfCounts } from '@/lib/scoring/scores/labeling-index';
import type { ExportedNucleus } from './nuclei';
import { areaInMm2, densityPerMm2, roundInterval } from './score-summary';

type NamedRegion = DrawnRegion & { readonly name: string };
/** Of the picture. */
type Picture = { readonly width: number; readonly height: number; readonly micronsPerPixel: number };

/** The numbers of one region, with the field names of the API. */
export type RegionNumbers = {
  readonly name: string;
  readonly num_total: number;
  readonly num_pos: number;
  readonly num_neg: number;
  readonly percent_pos: number;
  readonly percent_pos_interval: [number, number];
  readonly area_mm2: number;
  readonly cells_per_mm2: number;
};

/** Regions that are enabled and not excluded: those in which nuclei count. */
export const countedRegions = <Region extends DrawnRegion>(regions: readonly Region[]): Region[] =>
  regions.filter(({ enabled = true, kind }) => enabled && kind === 'include');

/** @returns one entry for each region in which nuclei count, without what lies in excluded ones */
export function numbersOfRegions(
  nuclei: readonly Pick<ExportedNucleus, 'x' | 'y' | 'isPositive'>[],
  regions: readonly NamedRegion[],
  { width, height, micronsPerPixel }: Picture,
): RegionNumbers[] {
  const { exclude } = splitRegions(regions);
  return countedRegions(regions).map(({ name, rings }) => {
    const isInside = insideRoi([rings]);
    const within = nuclei.filter(({ x, y }) => isInside(x, y));
    const positives = within.filter(({ isPositive }) => isPositive).length;
    const { total, positive, negative, percentPositive, interval } = indexOfCounts(
      positives,
      within.length - positives,
    );
    const areaPx = countRegionPixels({ include: [rings], exclude }, width, height);
    return {
      ...{ name, num_total: total, num_pos: positive, num_neg: negative },
      ...{ percent_pos: percentPositive, percent_pos_interval: roundInterval(interval) },
      area_mm2: areaInMm2(areaPx, micronsPerPixel),
      cells_per_mm2: densityPerMm2(total, areaPx, micronsPerPixel),
    };
  });
}
