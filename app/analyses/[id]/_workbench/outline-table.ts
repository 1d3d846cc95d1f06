import type { OutlinedNuclei } from '@/lib/client/exports/describe-nuclei';
import type { NucleusColumns, NucleusTable } from '@/lib/scoring/nucleus-table';
import { type Contours, traceContours } from '@/lib/scoring/trace-contours';

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
