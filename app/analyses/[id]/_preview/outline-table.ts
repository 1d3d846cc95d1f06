import type { MeasuredNuclei } from '@/lib/exchange/nuclei';
import { type Contours, traceContours } from '@/lib/scoring/draw/trace-contours';
import type { NucleusColumns, NucleusTable } from '@/lib/scoring/find/nucleus-table';

/** Measured nuclei with the contours that the page draws. */
export type OutlinedNuclei = MeasuredNuclei & {
  /** Contour of nucleus `k`: x, y pairs (pixel centres) from `contourOffsets[k]` to `contourOffsets[k + 1]`. */
  contourOffsets: Int32Array;
  contourPoints: Int32Array;
};

export function outlineTable(table: NucleusTable): OutlinedNuclei {
  const all = { kept: new Uint8Array(table.count).fill(1), positive: table.positive };
  return withContours(table, traceContours(table, all));
}

export function withContours(columns: NucleusColumns, { offsets, points }: Contours): OutlinedNuclei {
  const { count, areaPx, centroidX, centroidY, bbox, markerMax, markerMean, odMean } = columns;
  return {
    count,
    areaPx,
    centroidX,
    centroidY,
    bbox,
    markerMax,
    markerMean,
    odMean,
    contourOffsets: offsets,
    contourPoints: points,
  };
}
