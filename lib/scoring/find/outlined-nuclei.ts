import type { MeasuredNuclei, NucleusColumns, NucleusTable } from './nucleus-table';
import { type Contours, traceContours } from './trace-contours';

/** Measured nuclei with their contours, for drawing. */
export type OutlinedNuclei = MeasuredNuclei & {
  /** Contour of nucleus `k`: x, y pairs (pixel centres) from `contourOffsets[k]` to `contourOffsets[k + 1]`. */
  readonly contourOffsets: Int32Array;
  readonly contourPoints: Int32Array;
};

export const outlineNuclei = (table: NucleusTable): OutlinedNuclei => withContours(table, traceContours(table));

export function withContours(columns: NucleusColumns, { offsets, points }: Contours): OutlinedNuclei {
  const { algorithm: _algorithm, positive: _positive, firstPixel: _firstPixel, ...measured } = columns;
  return { ...measured, contourOffsets: offsets, contourPoints: points };
}
