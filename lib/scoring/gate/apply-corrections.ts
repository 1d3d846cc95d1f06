import { measureNuclei } from '@/lib/scoring/find/measure-nuclei';
import type { NucleusMaps } from '@/lib/scoring/find/nucleus-maps';
import { readMeasured } from '@/lib/scoring/find/nucleus-planes';
import { runsOfLabels } from '@/lib/scoring/find/nucleus-runs';
import { type SegmentedNuclei, segmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import type { GatedNuclei } from './gate-nuclei';

/** A change made by hand at a point: image pixels, x to the right, y down. */
export type Correction =
  | { readonly kind: 'class'; readonly x: number; readonly y: number; readonly positive: boolean }
  | { readonly kind: 'delete'; readonly x: number; readonly y: number }
  | { readonly kind: 'add'; readonly x: number; readonly y: number; readonly positive: boolean };

/** Corrections that had an effect, by kind. */
export type CorrectionCounts = { readonly class: number; readonly delete: number; readonly add: number };

type Size = { readonly width: number; readonly height: number };

/** Diameter of a nucleus added where the segmentation found none: that of a small round nucleus. */
const ADDED_DIAMETER_UM = 8;

/**
 * Draws the nuclei that `add` puts where the segmentation found none: discs on the free pixels around their points.
 *
 * They follow the found nuclei, in the order of the corrections, and are measured like them. What is drawn depends on
 * the corrections and on no gate, so that it can be kept while gates change.
 *
 * @returns `found` itself when there is nothing to draw. Its arrays are never written.
 */
export function drawAdded(
  { image, marker, micronsPerPixel }: Pick<NucleusMaps, 'image' | 'marker'> & { readonly micronsPerPixel: number },
  found: SegmentedNuclei,
  corrections: readonly Correction[],
): SegmentedNuclei {
  const drawn = corrections
    .filter((correction) => correction.kind === 'add')
    .map(({ x, y, positive }) => ({ pixel: pixelAt(image, x, y), positive }))
    .filter(({ pixel }) => pixel >= 0 && found.at(pixel) < 0);
  if (drawn.length === 0) return found;
  const table = found.table();
  const { width, height } = table.labelMap;
  const data = table.labelMap.data.slice();
  const positive = Array.from(table.positive);
  for (const { pixel, positive: isPositive } of drawn) {
    // An earlier disc may cover the point.
    if (data[pixel] !== 0) continue;
    positive.push(isPositive ? 1 : 0);
    drawDisc({ data, width, height }, pixel, ADDED_DIAMETER_UM / 2 / micronsPerPixel, positive.length);
  }
  const count = positive.length;
  const labelMap = { data, width, height };
  const measured = measureNuclei(runsOfLabels(labelMap), count, readMeasured({ image, marker }));
  return segmentedNuclei({ ...table, labelMap, count, positive: Uint8Array.from(positive), ...measured });
}

/**
 * Applies corrections in order. Each belongs to the nucleus that covers its point, so that it holds for other thresholds
 * too. `class` and `delete` have no effect where no kept nucleus covers the point. `add` keeps a nucleus that a gate has
 * dropped.
 *
 * @param nuclei - found nuclei and those of `drawAdded`. A drawn one is kept from its `add` on.
 * @param gated - of the found nuclei, after the thresholds. Regions are applied afterwards, so that a drawn nucleus
 *   outside of them does not count.
 */
export function applyCorrections(
  nuclei: SegmentedNuclei,
  size: Size,
  gated: GatedNuclei,
  corrections: readonly Correction[],
): { gated: GatedNuclei; applied: CorrectionCounts } {
  const applied = { class: 0, delete: 0, add: 0 };
  if (corrections.length === 0) return { gated, applied };
  const kept = new Uint8Array(nuclei.columns.count);
  const positive = nuclei.columns.positive.slice();
  kept.set(gated.kept);
  positive.set(gated.positive);
  for (const correction of corrections) {
    const pixel = pixelAt(size, correction.x, correction.y);
    const k = pixel < 0 ? -1 : nuclei.at(pixel);
    if (k < 0 || (correction.kind !== 'add' && kept[k] === 0)) continue;
    kept[k] = correction.kind === 'delete' ? 0 : 1;
    if (correction.kind !== 'delete') positive[k] = correction.positive ? 1 : 0;
    applied[correction.kind]++;
  }
  return { gated: { kept, positive }, applied };
}

/** Index of the pixel at a point; -1 outside of the picture. */
function pixelAt({ width, height }: Size, x: number, y: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
}

/** Gives a label to the free pixels of a disc that are connected with its centre. */
function drawDisc({ data, width, height }: Size & { data: Int32Array }, centre: number, radius: number, label: number) {
  const [column, row] = [centre % width, Math.floor(centre / width)];
  const open = [centre];
  data[centre] = label;
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
