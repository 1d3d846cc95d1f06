import type { NucleusRuns } from '@/lib/scoring/find/nucleus-runs';
import type { MeasuredNuclei } from '@/lib/scoring/find/nucleus-table';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { type Outline, traceOutlines } from './outlines';

const GRADES = ['negative', '1+', '2+', '3+'] as const;
export type Grade = (typeof GRADES)[number];

/** One counted nucleus. Coordinates are pixels of the picture: the centre of pixel (0, 0) is (0.5, 0.5). */
export type ExportedNucleus = {
  /** From 1, in the raster order of the nuclei's first pixels. */
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly isPositive: boolean;
  readonly grade: Grade;
  readonly areaPx: number;
  readonly areaUm2: number;
  readonly markerMax: number;
  readonly markerMean: number;
  readonly odMean: number;
  /** x0, y0, x1, y1. */
  readonly bbox: readonly [number, number, number, number];
  readonly outline: Outline;
};

export type NucleusPixels = {
  /** Each nucleus has all its runs in one piece, in raster order. */
  readonly pieces: readonly NucleusRuns[];
  /** Width of the picture. */
  readonly width: number;
};

/** Kernels put the centre of pixel (0, 0) at (0, 0), exports at (0.5, 0.5). */
const toCorner = (centre: number) => centre + 0.5;

/** Lists the counted nuclei, in the order of `columns`. */
export function describeNuclei(
  columns: MeasuredNuclei,
  { pieces, width }: NucleusPixels,
  { counted, positive }: { counted: Uint8Array; positive: Uint8Array },
  { micronsPerPixel, intensity }: { micronsPerPixel: number; intensity: IntensityThresholds },
): ExportedNucleus[] {
  const outlines = traceOutlines(pieces, columns.count, width);
  const nuclei: ExportedNucleus[] = [];
  for (let k = 0; k < columns.count; k++) {
    if (counted[k] !== 1) continue;
    const isPositive = positive[k] === 1;
    const [x0, y0, x1, y1] = columns.bbox.subarray(4 * k, 4 * k + 4);
    nuclei.push({
      id: nuclei.length + 1,
      x: toCorner(columns.centroidX[k]),
      y: toCorner(columns.centroidY[k]),
      isPositive,
      grade: isPositive ? gradeOf(columns.odMean[k], intensity) : 'negative',
      areaPx: columns.areaPx[k],
      areaUm2: columns.areaPx[k] * micronsPerPixel ** 2,
      markerMax: columns.markerMax[k],
      markerMean: columns.markerMean[k],
      odMean: columns.odMean[k],
      bbox: [x0, y0, x1, y1],
      outline: outlines[k],
    });
  }
  return nuclei;
}

const gradeOf = (odMean: number, { twoPlus, threePlus }: IntensityThresholds): Grade =>
  odMean >= threePlus ? '3+' : odMean >= twoPlus ? '2+' : '1+';
