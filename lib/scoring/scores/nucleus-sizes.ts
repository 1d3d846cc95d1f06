import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';

/** How large the nuclei of a picture are, by which its magnification is judged. */
export type NucleusSizes = {
  readonly count: number;
  /** Of the circles of the nuclei's areas, in image pixels. */
  readonly medianDiameterPx: number;
};

/** Specks, which one of the algorithms finds many of, are no nuclei at any magnification. */
const LARGEST_SPECK_UM2 = 3;

/** @param nuclei - all that were found, also those that the size gate drops. @returns null where there are only specks. */
export function measureSizes({ areaPx }: Pick<MeasuredNuclei, 'areaPx'>, micronsPerPixel: number): NucleusSizes | null {
  const areas = areaPx.filter((area) => area * micronsPerPixel ** 2 > LARGEST_SPECK_UM2).sort();
  const middle = areas[areas.length >> 1];
  return middle === undefined ? null : { count: areas.length, medianDiameterPx: 2 * Math.sqrt(middle / Math.PI) };
}
