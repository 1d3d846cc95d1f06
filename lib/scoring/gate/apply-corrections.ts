import { readMeasured } from '@/lib/scoring/find/nucleus-planes';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { measureNuclei, type NucleusMaps, type NucleusTable } from '@/lib/scoring/find/nucleus-table';
import type { GatedNuclei } from './gate-nuclei';

/** What a person changed, at a place: image pixels, x to the right, y down. */
export type Correction =
  | { readonly kind: 'class'; readonly x: number; readonly y: number; readonly positive: boolean }
  | { readonly kind: 'delete'; readonly x: number; readonly y: number }
  | { readonly kind: 'add'; readonly x: number; readonly y: number; readonly positive: boolean };

/** Corrections that had an effect, by kind. */
export type CorrectionCounts = { readonly class: number; readonly delete: number; readonly add: number };

export type CorrectedNuclei = { table: NucleusTable; gated: GatedNuclei; applied: CorrectionCounts };

/** Diameter of a nucleus added where the segmentation saw none: that of a small round one. */
const ADDED_DIAMETER_MICRONS = 8;

/**
 * Applies corrections in order. Each belongs to the nucleus that covers its point, so that it outlives a changed
 * threshold; one whose point covers no kept nucleus (any more) has no effect.
 *
 * `add` brings back a nucleus that a gate has dropped, or, where there is none, draws a disc on the free pixels around
 * the point. Nothing that was passed in is changed; without a disc the table is given back as it is.
 *
 * @param gated - after the thresholds and before the regions: what lies outside those is not counted, whoever drew it.
 */
export function applyCorrections(
  maps: Pick<NucleusMaps, 'image' | 'marker'>,
  table: NucleusTable,
  gated: GatedNuclei,
  corrections: readonly Correction[],
  micronsPerPixel: number,
): CorrectedNuclei {
  const applied = { class: 0, delete: 0, add: 0 };
  if (corrections.length === 0) return { table, gated, applied };
  const { width, height } = table.labelMap;
  const kept = Array.from(gated.kept);
  const positive = Array.from(gated.positive);
  const drawnPositive: number[] = [];
  let labels = table.labelMap.data;
  for (const correction of corrections) {
    const [column, row] = [Math.floor(correction.x), Math.floor(correction.y)];
    if (!(column >= 0 && column < width && row >= 0 && row < height)) continue;
    const k = labels[row * width + column] - 1;
    if (correction.kind === 'add') {
      if (k < 0) {
        if (drawnPositive.length === 0) labels = labels.slice();
        kept.push(1);
        drawDisc(
          { data: labels, width, height },
          column,
          row,
          ADDED_DIAMETER_MICRONS / 2 / micronsPerPixel,
          kept.length,
        );
        positive.push(correction.positive ? 1 : 0);
        drawnPositive.push(correction.positive ? 1 : 0);
      } else {
        kept[k] = 1;
        positive[k] = correction.positive ? 1 : 0;
      }
    } else if (k < 0 || kept[k] === 0) continue;
    else if (correction.kind === 'delete') kept[k] = 0;
    else positive[k] = correction.positive ? 1 : 0;
    applied[correction.kind]++;
  }
  const corrected = { kept: Uint8Array.from(kept), positive: Uint8Array.from(positive) };
  if (drawnPositive.length === 0) return { table, gated: corrected, applied };
  const count = kept.length;
  const labelMap = { data: labels, width, height };
  const found = { labelMap, count, positive: Uint8Array.from([...table.positive, ...drawnPositive]) };
  const measured = measureNuclei(runsOfLabels(labelMap), count, readMeasured(maps));
  return { table: { ...table, ...found, ...measured }, gated: corrected, applied };
}

/** Gives a label to the free pixels of a disc that hang together with its centre. */
function drawDisc(
  { data, width, height }: { data: Int32Array; width: number; height: number },
  column: number,
  row: number,
  radius: number,
  label: number,
): void {
  const open = [row * width + column];
  data[open[0]] = label;
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (const [nextX, nextY] of [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ] as const) {
      if (nextX < 0 || nextX >= width || nextY < 0 || nextY >= height) continue;
      const next = nextY * width + nextX;
      if (data[next] !== 0 || (nextX - column) ** 2 + (nextY - row) ** 2 > radius ** 2) continue;
      data[next] = label;
      open.push(next);
    }
  }
}
