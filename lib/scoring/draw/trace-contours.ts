import { traceContour } from '@/lib/imaging/morphology/contours';
import type { NucleusTable } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from '@/lib/scoring/gate/gate-nuclei';

/**
 * Contours of the kept nuclei, in label order: the n-th kept one owns `points[offsets[n]]` to
 * `points[offsets[n + 1] - 1]`, as x, y, x, y, ...
 */
export type Contours = { readonly offsets: Int32Array; readonly points: Int32Array };

/** Traces the kept nuclei: clockwise on the screen from the first pixel, through pixel centres, see `traceContour`. */
export function traceContours(table: NucleusTable, gated: GatedNuclei): Contours {
  const offsets = [0];
  const points: number[] = [];
  for (let k = 0; k < table.count; k++) {
    if (gated.kept[k] === 0) continue;
    traceContour(table.labelMap, k + 1, table.firstPixel[k], points);
    offsets.push(points.length);
  }
  return { offsets: Int32Array.from(offsets), points: Int32Array.from(points) };
}
