import type { LabelMap } from '@/lib/imaging/raster';
import type { Algorithm } from '@/lib/scoring/thresholds';
import type { NucleusRuns } from './nucleus-runs';

/**
 * Measurements of nuclei. Entry `k - 1` of each column belongs to label `k`; labels follow the raster order of each
 * nucleus's first pixel. Typed arrays only, so that it crosses threads as it is.
 */
export type MeasuredNuclei = {
  readonly count: number;
  /** Pixels, holes included. */
  readonly areaPx: Int32Array;
  /** Mean column and row of the pixels, in px: the centre of pixel (0, 0) is (0, 0). */
  readonly centroidX: Float64Array;
  readonly centroidY: Float64Array;
  /** Four numbers a nucleus: x0, y0, x1, y1; x1 and y1 exclusive. */
  readonly bbox: Int32Array;
  /** 0 to 255; 0 without a marker picture. */
  readonly markerMax: Uint8Array;
  readonly markerMean: Float32Array;
  /** Mean optical density, averaged over red, green and blue. */
  readonly odMean: Float32Array;
  /** Standard deviation of the same over the nucleus's pixels. */
  readonly odSpread: Float32Array;
  /** Mean optical density of blue light less that of red: above 0 for brown, below for blue. */
  readonly brownMean: Float32Array;
  /** Variances of the pixels' columns and rows, and their covariance, in px²: the form of the nucleus, see `nucleus-form.ts`. */
  readonly varianceX: Float32Array;
  readonly varianceY: Float32Array;
  readonly covariance: Float32Array;
};

/** What gates and scores are computed from: all nuclei found, before any gate. */
export type NucleusColumns = MeasuredNuclei & {
  readonly algorithm: Algorithm;
  /** 1 where the segmentation calls the nucleus positive. */
  readonly positive: Uint8Array;
  /** Index of the topmost, then leftmost pixel. */
  readonly firstPixel: Int32Array;
};

/** The same with a label map. */
export type NucleusTable = NucleusColumns & {
  readonly labelMap: LabelMap;
  /**
   * Two numbers a nucleus: the first row, and the row past the last, of the cluster of touching nuclei that it was cut
   * from. Empty for `deepliif`, which cuts nothing.
   */
  readonly clusterRows: Int32Array;
  /**
   * Pixels of components too small or too large to be nuclei. As in the reference, nothing is drawn there and no outline
   * grows over them. Empty for `watershed`.
   */
  readonly ignoredPixels: Int32Array;
};

type FoundColumn = 'count' | 'labelMap' | 'positive' | 'clusterRows' | 'ignoredPixels';

/** What an algorithm finds, before it is measured. */
export type FoundNuclei = Pick<NucleusTable, FoundColumn> & { readonly runs: NucleusRuns };

/** What `measureNuclei` adds. */
export type Measurements = Omit<NucleusColumns, 'algorithm' | FoundColumn>;

/** Columns with one number a nucleus. */
export const COLUMN_NAMES = [
  'areaPx',
  'centroidX',
  'centroidY',
  'positive',
  'markerMax',
  'markerMean',
  'odMean',
  'odSpread',
  'brownMean',
  'varianceX',
  'varianceY',
  'covariance',
  'firstPixel',
] as const;

export function emptyColumns(algorithm: Algorithm, count: number): NucleusColumns {
  return {
    algorithm,
    count,
    areaPx: new Int32Array(count),
    centroidX: new Float64Array(count),
    centroidY: new Float64Array(count),
    bbox: new Int32Array(4 * count),
    positive: new Uint8Array(count),
    markerMax: new Uint8Array(count),
    markerMean: new Float32Array(count),
    odMean: new Float32Array(count),
    odSpread: new Float32Array(count),
    brownMean: new Float32Array(count),
    varianceX: new Float32Array(count),
    varianceY: new Float32Array(count),
    covariance: new Float32Array(count),
    firstPixel: new Int32Array(count),
  };
}

/** New columns with the kept nuclei alone, in the same order. */
export function chooseColumns(columns: NucleusColumns, kept: Uint8Array): NucleusColumns {
  const count = kept.reduce((sum, isKept) => sum + isKept, 0);
  const chosen = emptyColumns(columns.algorithm, count);
  let n = 0;
  for (let k = 0; k < columns.count; k++) {
    if (kept[k] === 0) continue;
    for (const name of COLUMN_NAMES) chosen[name][n] = columns[name][k];
    for (let i = 0; i < 4; i++) chosen.bbox[4 * n + i] = columns.bbox[4 * k + i];
    n++;
  }
  return chosen;
}
