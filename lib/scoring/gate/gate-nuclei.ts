import type { Raster } from '@/lib/imaging/raster';
import { roundHalfEven } from '@/lib/imaging/rounding';
import { autoMarkerThreshold, markerHistogram } from '@/lib/imaging/thresholds/marker-threshold';
import { autoSizeThreshold, type SizeBounds } from '@/lib/imaging/thresholds/size-threshold';
import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import type { Thresholds, UsedThresholds } from '@/lib/scoring/thresholds';

/** The thresholds that need no new segmentation: which nuclei count, and which are positive. */
export type GateThresholds = Pick<Thresholds, 'sizeThresh' | 'sizeThreshUpper' | 'markerThresh'>;

/** The same with numbers for every `auto`. */
export type Gates = Pick<UsedThresholds, keyof GateThresholds>;

/** 1 = yes; entry `k - 1` belongs to label `k`. */
export type GatedNuclei = { readonly kept: Uint8Array; readonly positive: Uint8Array };

/** The reference's bounds at 0.25, 0.5 and 1 µm per pixel; each is used up to the geometric mean with the next. */
const SIZE_BOUNDS: readonly { readonly below: number; readonly bounds: SizeBounds }[] = [
  { below: Math.sqrt(0.25 * 0.5), bounds: { lowest: 4, fallback: 7, highest: 10 } },
  { below: Math.sqrt(0.5 * 1), bounds: { lowest: 3, fallback: 4, highest: 6 } },
  { below: Number.POSITIVE_INFINITY, bounds: { lowest: 2, fallback: 2, highest: 3 } },
];

/** A disc of 3.4 µm, well below any nucleus. 6 to 12 µm² score alike on the development sets. */
const SMALLEST_SCORED_UM2 = 9;

/**
 * Turns every `auto` into a number.
 *
 * For `deepliif` the automatic size threshold is the first gap in the density of the sizes (`autoSizeThreshold`). The
 * watershed leaves no debris and so no such gap: there it is 9 µm². The automatic marker threshold follows the picture's
 * range of brightness (`autoMarkerThreshold`).
 *
 * @param marker - the picture that the table was measured on. Without it the marker threshold is null.
 */
export const resolveGates = (
  table: SizedNuclei,
  marker: Raster | null,
  thresholds: GateThresholds,
  micronsPerPixel: number,
): Gates => resolveWith(table, marker && (() => markerHistogram(marker)), thresholds, micronsPerPixel);

type SizedNuclei = Pick<NucleusColumns, 'algorithm' | 'areaPx'>;

/**
 * The same where the marker is known by its histogram, as of a slide.
 *
 * @param counts - 256 counts of brightness, of all pixels together; null without a marker.
 */
export const resolveCountedGates = (
  table: SizedNuclei,
  counts: ArrayLike<number> | null,
  thresholds: GateThresholds,
  micronsPerPixel: number,
): Gates => resolveWith(table, counts && (() => counts), thresholds, micronsPerPixel);

function resolveWith(
  table: SizedNuclei,
  count: (() => ArrayLike<number>) | null,
  { sizeThresh, sizeThreshUpper, markerThresh }: GateThresholds,
  micronsPerPixel: number,
): Gates {
  return {
    sizeThresh: sizeThresh === 'auto' ? autoSize(table, micronsPerPixel) : sizeThresh,
    sizeThreshUpper,
    markerThresh: count === null ? null : markerThresh === 'auto' ? autoMarkerThreshold(count()) : markerThresh,
  };
}

function autoSize({ algorithm, areaPx }: SizedNuclei, micronsPerPixel: number): number {
  if (algorithm === 'watershed') return roundHalfEven(SMALLEST_SCORED_UM2 / micronsPerPixel ** 2);
  const { bounds } = SIZE_BOUNDS.find((entry) => micronsPerPixel < entry.below) ?? SIZE_BOUNDS[0];
  return autoSizeThreshold(areaPx, bounds);
}

type GatedColumns = Pick<NucleusColumns, 'count' | 'areaPx' | 'positive' | 'markerMax'>;

/**
 * Decides which nuclei count, and their class. A nucleus is kept if it has more pixels than `sizeThresh` and fewer than
 * `sizeThreshUpper`. It is positive if the segmentation says so or its largest marker value exceeds `markerThresh`.
 */
export function gateNuclei(table: GatedColumns, { sizeThresh, sizeThreshUpper, markerThresh }: Gates): GatedNuclei {
  const kept = new Uint8Array(table.count);
  const positive = table.positive.slice();
  for (let k = 0; k < table.count; k++) {
    const area = table.areaPx[k];
    if (area > sizeThresh && (sizeThreshUpper === null || area < sizeThreshUpper)) kept[k] = 1;
    if (markerThresh !== null && table.markerMax[k] > markerThresh) positive[k] = 1;
  }
  return { kept, positive };
}
