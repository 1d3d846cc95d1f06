import { outlineMask } from '@/lib/imaging/tissue/mask-outlines';
import type { PointCorrection, PointCorrectionCounts } from '@/lib/scoring/gate/apply-corrections';
import type { GatedNuclei } from '@/lib/scoring/gate/gate-nuclei';
import { gridNuclei, type NucleusGrid, nucleusAt } from './nucleus-grid';
import { outlineSink, writeOutline } from './outline-bytes';
import { CENTRE_STEPS, type KindColumns, mapKindColumns, type SlideNuclei } from './slide-nuclei';

/** A correction at a point of the slide, in pixels of its full resolution from the upper left corner. */
export type SlideCorrection = PointCorrection & {
  /** Of a nucleus that is added: its mean optical density, if it was measured. Without it a positive one is 1+. */
  readonly odMean?: number | undefined;
};

/** Diameter of a nucleus added where none was found: that of a small round nucleus, as on a picture. */
const ADDED_DIAMETER_UM = 8;

/**
 * Puts the nuclei of `add` where none was found: discs, after the found nuclei in the order of the corrections. They depend on
 * the corrections and on no gate, so that they can be kept while gates change.
 *
 * @returns `nuclei` and `grid` themselves when there is nothing to add
 */
export function addNuclei(
  nuclei: SlideNuclei,
  grid: NucleusGrid,
  corrections: readonly SlideCorrection[],
  micronsPerPixel: number,
): { nuclei: SlideNuclei; grid: NucleusGrid } {
  const radius = ADDED_DIAMETER_UM / 2 / micronsPerPixel;
  const added: { x: number; y: number; correction: SlideCorrection }[] = [];
  for (const correction of corrections) {
    if (correction.kind !== 'add') continue;
    const [x, y] = [Math.floor(correction.x), Math.floor(correction.y)];
    const isTaken = added.some((disc) => Math.hypot(disc.x - x, disc.y - y) <= radius);
    if (!isTaken && nucleusAt(nuclei, grid, correction) < 0) added.push({ x, y, correction });
  }
  if (added.length === 0) return { nuclei, grid };
  const disc = drawDisc(radius);
  const sink = outlineSink();
  writeOutline(sink, disc.polygons, { x: 0, y: 0 });
  const bytes = sink.bytes.subarray(0, sink.length);
  const { count, outlineBytes, outlineOffsets } = nuclei;
  const total = count + added.length;
  const joined = {
    ...nuclei,
    count: total,
    centroidX: extended(nuclei.centroidX, total),
    centroidY: extended(nuclei.centroidY, total),
    areaPx: extended(nuclei.areaPx, total),
    positive: extended(nuclei.positive, total),
    markerMax: extended(nuclei.markerMax, total),
    markerMean: extended(nuclei.markerMean, total),
    odMean: extended(nuclei.odMean, total),
    kindColumns:
      nuclei.kindColumns && mapKindColumns((name) => extended((nuclei.kindColumns as KindColumns)[name], total)),
    outlineOffsets: extended(outlineOffsets, total + 1),
    outlineBytes: extended(outlineBytes, outlineBytes.length + added.length * bytes.length),
  };
  for (const [i, { x, y, correction }] of added.entries()) {
    const k = count + i;
    joined.centroidX[k] = Math.round(x * CENTRE_STEPS) / CENTRE_STEPS;
    joined.centroidY[k] = Math.round(y * CENTRE_STEPS) / CENTRE_STEPS;
    joined.areaPx[k] = disc.areaPx;
    joined.positive[k] = correction.kind === 'add' && correction.positive ? 1 : 0;
    joined.odMean[k] = correction.odMean ?? 0;
    if (joined.kindColumns) joined.kindColumns.varianceX[k] = joined.kindColumns.varianceY[k] = radius ** 2 / 4;
    joined.outlineBytes.set(bytes, joined.outlineOffsets[k]);
    joined.outlineOffsets[k + 1] = joined.outlineOffsets[k] + bytes.length;
  }
  return { nuclei: joined, grid: gridNuclei(joined) };
}

function extended<T extends Float64Array | Int32Array | Uint8Array | Float32Array>(column: T, length: number): T {
  const longer = new (column.constructor as new (length: number) => T)(length);
  longer.set(column);
  return longer;
}

/** Pixels within a radius of the one at (0, 0). */
function drawDisc(radius: number) {
  const reach = Math.floor(radius);
  const side = 2 * reach + 1;
  const data = Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) - reach, Math.floor(i / side) - reach) <= radius ? 1 : 0,
  );
  const polygons = outlineMask({ data, width: side, height: side }, { x: 1, y: 1 }, 0);
  return {
    areaPx: data.reduce((sum, value) => sum + value, 0),
    polygons: polygons.map((rings) => rings.map((ring) => ring.map(([x, y]) => [x - reach, y - reach] as const))),
  };
}

/**
 * Applies corrections in order, by the rules of a picture: each belongs to the nucleus that covers its point; `class` and
 * `delete` have no effect where no kept nucleus does, and `add` keeps a nucleus that a gate has dropped.
 *
 * @param nuclei - with those of `addNuclei`, as `grid`.
 * @param gated - after the thresholds, of all `nuclei`. Nuclei from `found` on were added, and count from their `add` on.
 * @param found - how many nuclei were found.
 */
export function correctNuclei(
  nuclei: SlideNuclei,
  grid: NucleusGrid,
  gated: GatedNuclei,
  corrections: readonly SlideCorrection[],
  found: number,
): { gated: GatedNuclei; applied: PointCorrectionCounts } {
  const applied = { class: 0, delete: 0, add: 0 };
  if (corrections.length === 0) return { gated, applied };
  const [kept, positive] = [gated.kept.slice(), gated.positive.slice()];
  kept.fill(0, found);
  for (const correction of corrections) {
    const k = nucleusAt(nuclei, grid, correction);
    if (k < 0 || (correction.kind !== 'add' && kept[k] === 0)) continue;
    kept[k] = correction.kind === 'delete' ? 0 : 1;
    if (correction.kind !== 'delete') positive[k] = correction.positive ? 1 : 0;
    applied[correction.kind]++;
  }
  return { gated: { kept, positive }, applied };
}
