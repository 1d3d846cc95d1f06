import type { LabelMap, Raster } from '@/lib/imaging/raster';
import { roundHalfEven } from '@/lib/imaging/rounding';
import type { MeasuredPlanes } from './nucleus-planes';
import type { NucleusRuns } from './nucleus-runs';

export type Algorithm = 'watershed' | 'deepliif';

/** Rows of a picture: `from` up to, but not including, `to`. */
export type Rows = { readonly from: number; readonly to: number };

/** The pictures of one scene, all of one size. */
export type NucleusMaps = {
  /** RGB, as scanned. */
  readonly image: Raster;
  /** RGB probabilities, 255 = certain: red = positive nucleus, green = boundary, blue = negative nucleus. */
  readonly segmentation: Raster;
  /** 1 or 3 channels; the value of a pixel is its largest channel. */
  readonly marker: Raster | null;
};

/**
 * All nuclei found, before any gate. Entry `k - 1` of each column belongs to label `k`; labels follow the raster order
 * of each nucleus's first pixel. Typed arrays only, so that it crosses threads as it is.
 */
export type NucleusTable = {
  readonly algorithm: Algorithm;
  readonly count: number;
  readonly labelMap: LabelMap;
  /** Pixels, holes included. */
  readonly areaPx: Int32Array;
  /** Mean column and row of the pixels, in px. */
  readonly centroidX: Float64Array;
  readonly centroidY: Float64Array;
  /** Four numbers a nucleus: x0, y0, x1, y1; x1 and y1 exclusive. */
  readonly bbox: Int32Array;
  /** 1 where the segmentation calls the nucleus positive. */
  readonly positive: Uint8Array;
  /** 0 without a marker picture. */
  readonly markerMax: Uint8Array;
  readonly markerMean: Float32Array;
  /** Mean optical density, averaged over red, green and blue. */
  readonly odMean: Float32Array;
  /** Index of the topmost, then leftmost pixel. */
  readonly firstPixel: Int32Array;
  /**
   * Of the cluster of touching nuclei that each was cut from: its first row and the row past its last, two numbers a
   * nucleus. Empty for `deepliif`, which cuts nothing.
   */
  readonly clusterRows: Int32Array;
  /**
   * Pixels of components too small or too large to be nuclei. The reference draws nothing there, but lets no outline
   * grow over them either; empty for `watershed`.
   */
  readonly ignoredPixels: Int32Array;
};

/** What an algorithm hands over to be measured. */
export type FoundNuclei = Pick<NucleusTable, FoundColumn> & { readonly runs: NucleusRuns };

type FoundColumn = 'count' | 'labelMap' | 'positive' | 'clusterRows' | 'ignoredPixels';

/** The columns of a table: what gates and scores are computed from. */
export type NucleusColumns = Omit<NucleusTable, 'labelMap' | 'clusterRows' | 'ignoredPixels'>;

type Measurements = Omit<NucleusTable, 'algorithm' | FoundColumn>;

const CENTI_CHANNELS = 300;

/** Measures nuclei by their runs; the entries 0 to count - 1 are all in use. */
export function measureNuclei(
  { from, to, nucleus }: NucleusRuns,
  count: number,
  { width, sumDensity, marker }: MeasuredPlanes,
): Measurements {
  const areaPx = new Int32Array(count);
  const sumX = new Float64Array(count);
  const sumY = new Float64Array(count);
  const bbox = new Int32Array(4 * count);
  const firstPixel = new Int32Array(count).fill(-1);
  const markerMax = new Uint8Array(count);
  const markerSum = new Float64Array(count);
  const odSum = new Float64Array(count);
  for (let r = 0, y = 0, rowFrom = 0; r < from.length; r++) {
    const k = nucleus[r];
    while (from[r] >= rowFrom + width) {
      rowFrom += width;
      y++;
    }
    odSum[k] += sumDensity(from[r], to[r]);
    if (marker !== null) {
      let sum = 0;
      let largest = markerMax[k];
      for (let i = from[r]; i < to[r]; i++) {
        sum += marker[i];
        if (marker[i] > largest) largest = marker[i];
      }
      markerMax[k] = largest;
      markerSum[k] += sum;
    }
    const x0 = from[r] - rowFrom;
    const x1 = to[r] - rowFrom;
    areaPx[k] += x1 - x0;
    sumX[k] += ((x0 + x1 - 1) * (x1 - x0)) / 2;
    sumY[k] += y * (x1 - x0);
    if (firstPixel[k] < 0) {
      firstPixel[k] = from[r];
      bbox[4 * k] = x0;
      bbox[4 * k + 1] = y;
    } else if (x0 < bbox[4 * k]) bbox[4 * k] = x0;
    if (x1 > bbox[4 * k + 2]) bbox[4 * k + 2] = x1;
    bbox[4 * k + 3] = y + 1;
  }
  const perPixel = (sums: Float64Array, k: number) => sums[k] / areaPx[k];
  return {
    areaPx,
    centroidX: sumX.map((_, k) => perPixel(sumX, k)),
    centroidY: sumY.map((_, k) => perPixel(sumY, k)),
    bbox,
    markerMax,
    markerMean: Float32Array.from(markerSum, (_, k) => perPixel(markerSum, k)),
    odMean: Float32Array.from(odSum, (_, k) => perPixel(odSum, k) / CENTI_CHANNELS),
    firstPixel,
  };
}

/**
 * Hundredths of optical density of a nucleus: channels summed, averaged over its pixels, halves to even.
 *
 * The float32 mean carries enough digits to get the whole sum back, so ties are settled on the true value.
 */
export function meanCentiOpticalDensity(table: Pick<NucleusColumns, 'areaPx' | 'odMean'>, k: number): number {
  const area = table.areaPx[k];
  return roundHalfEven(Math.round(table.odMean[k] * CENTI_CHANNELS * area) / area);
}
