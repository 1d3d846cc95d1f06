import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';

/** Sizes of the nuclei of a picture, from which its magnification is judged. */
export type NucleusSizes = {
  readonly count: number;
  /** Diameter of a circle with the median area, in image pixels. */
  readonly medianDiameterPx: number;
};

/** Larger components can be nuclei. One of the algorithms finds many specks. */
const LARGEST_SPECK_UM2 = 3;

/** @param nuclei - all found nuclei, also those that the size gate drops. @returns null if there are only specks. */
export function measureSizes({ areaPx }: Pick<MeasuredNuclei, 'areaPx'>, micronsPerPixel: number): NucleusSizes | null {
  const areas = areaPx.filter((area) => area * micronsPerPixel ** 2 > LARGEST_SPECK_UM2).sort();
  const middle = areas[areas.length >> 1];
  return middle === undefined ? null : { count: areas.length, medianDiameterPx: 2 * Math.sqrt(middle / Math.PI) };
}
