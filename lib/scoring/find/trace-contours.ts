import { traceContour } from '@/lib/imaging/morphology/contours';
import type { NucleusTable } from './nucleus-table';

/** Contours of several nuclei: the n-th owns `points[offsets[n]]` to `points[offsets[n + 1] - 1]`, as x, y, x, y, ... */
export type Contours = { readonly offsets: Int32Array; readonly points: Int32Array };

/**
 * Traces nuclei clockwise on the screen from the first pixel, through pixel centres, see `traceContour`.
 *
 * @param kept - 1 = trace this nucleus; all nuclei by default.
 * @returns contours in label order.
 */
export function traceContours(
  { count, labelMap, firstPixel }: Pick<NucleusTable, 'count' | 'labelMap' | 'firstPixel'>,
  kept?: Uint8Array,
): Contours {
  const offsets = [0];
  const points: number[] = [];
  for (let k = 0; k < count; k++) {
    if (kept?.[k] === 0) continue;
    traceContour(labelMap, k + 1, firstPixel[k], points);
    offsets.push(points.length);
  }
  return { offsets: Int32Array.from(offsets), points: Int32Array.from(points) };
}
