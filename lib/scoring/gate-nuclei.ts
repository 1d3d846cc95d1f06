import { autoMarkerThreshold, markerHistogram } from '@/lib/imaging/marker-threshold';
import type { Raster } from '@/lib/imaging/raster';
import { autoSizeThreshold, type SizeBounds } from '@/lib/imaging/size-threshold';
import { meanCentiOpticalDensity, type NucleusTable } from './nucleus-table';

export type GateOptions = {
  readonly sizeThresh: number | 'auto';
  readonly sizeThreshUpper: number | null;
  readonly markerThresh: number | 'auto' | null;
  readonly micronsPerPixel: number;
};

/** Resolved gates: pixels for the sizes, 0 to 255 for the marker; null switches a gate off. */
export type Thresholds = {
  readonly sizeThresh: number;
  readonly sizeThreshUpper: number | null;
  readonly markerThresh: number | null;
  /** Hundredths of optical density, channels summed. Where given, the marker is left out of account. */
  readonly opticalDensity?: { readonly lower: number | null; readonly upper: number | null };
};

/** 1 = yes; entry `k - 1` belongs to label `k`. */
export type GatedNuclei = { readonly kept: Uint8Array; readonly positive: Uint8Array };

/** The reference's bounds at 0.25, 0.5 and 1 µm per pixel. */
const SIZE_BOUNDS: readonly { readonly below: number; readonly bounds: SizeBounds }[] = [
  { below: Math.sqrt(0.25 * 0.5), bounds: { lowest: 4, fallback: 7, highest: 10 } },
  { below: Math.sqrt(0.5), bounds: { lowest: 3, fallback: 4, highest: 6 } },
  { below: Number.POSITIVE_INFINITY, bounds: { lowest: 2, fallback: 2, highest: 3 } },
];

export function resolveThresholds(table: NucleusTable, marker: Raster | null, options: GateOptions): Thresholds {
  return {
    sizeThresh: options.sizeThresh === 'auto' ? autoSize(table, options.micronsPerPixel) : options.sizeThresh,
    sizeThreshUpper: options.sizeThreshUpper,
    markerThresh:
      marker === null
        ? null
        : options.markerThresh === 'auto'
          ? autoMarkerThreshold(markerHistogram(marker))
          : options.markerThresh,
  };
}

function autoSize(table: NucleusTable, micronsPerPixel: number): number {
  const { bounds } = SIZE_BOUNDS.find((entry) => micronsPerPixel < entry.below) ?? SIZE_BOUNDS[0];
  return autoSizeThreshold(table.areaPx, bounds);
}

export function gateNuclei(table: NucleusTable, thresholds: Thresholds): GatedNuclei {
  const { sizeThresh, sizeThreshUpper, markerThresh, opticalDensity } = thresholds;
  const kept = new Uint8Array(table.count);
  const positive = table.positive.slice();
  for (let k = 0; k < table.count; k++) {
    const area = table.areaPx[k];
    if (area > sizeThresh && (sizeThreshUpper === null || area < sizeThreshUpper)) kept[k] = 1;
    if (opticalDensity !== undefined) {
      const od = meanCentiOpticalDensity(table, k);
      if (opticalDensity.lower !== null && od < opticalDensity.lower) positive[k] = 0;
      if (opticalDensity.upper !== null && od > opticalDensity.upper) positive[k] = 0;
    } else if (markerThresh !== null && table.markerMax[k] > markerThresh) positive[k] = 1;
  }
  return { kept, positive };
}
