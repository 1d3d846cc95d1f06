import type { Correction } from '@/lib/scoring/gate/apply-corrections';
import { insideRoi, type Polygon } from '@/lib/scoring/gate/roi';
import type { ExportedNucleus } from './nuclei';
import type { NucleusMarks } from './nucleus-csv';

type Marks = {
  /** Those that name what lies in them. */
  readonly regions: readonly { readonly name: string; readonly rings: Polygon }[];
  /** In their order. Coordinates are pixels of the picture. */
  readonly corrections: readonly Correction[];
};

/** Says of each counted nucleus in which regions it lies, and whether a person corrected it. */
export function markNuclei(
  nuclei: readonly ExportedNucleus[],
  { regions, corrections }: Marks,
): (ExportedNucleus & NucleusMarks)[] {
  const tests = regions.map(({ name, rings }) => ({ name, isInside: insideRoi([rings]) }));
  const corrected = findCorrected(nuclei, corrections);
  return nuclei.map((nucleus, k) => ({
    ...nucleus,
    regions: tests.flatMap(({ name, isInside }) => (isInside(nucleus.x, nucleus.y) ? [name] : [])).join('; '),
    corrected: corrected.get(k) ?? '',
  }));
}

/** Distance from a cut at which its parts are looked for, in pixels. */
const BESIDE_CUT = 2;

/** By index of the nucleus. The last correction of a nucleus is the one that holds. */
function findCorrected(nuclei: readonly ExportedNucleus[], corrections: readonly Correction[]) {
  const found = new Map<number, NucleusMarks['corrected']>();
  for (const correction of corrections) for (const [x, y] of placesOf(correction)) mark(x, y, correction.kind);
  function mark(x: number, y: number, kind: Correction['kind']) {
    // The middle of the pixel: outlines run along the edges of pixels.
    const [column, row] = [Math.floor(x) + 0.5, Math.floor(y) + 0.5];
    const k = nuclei.findIndex(
      ({ bbox: [x0, y0, x1, y1], outline }) =>
        column >= x0 && column <= x1 && row >= y0 && row <= y1 && insideRoi(outline.polygons)(column, row),
    );
    if (k >= 0 && kind !== 'delete') found.set(k, kind);
  }
  return found;
}

/** Where the nuclei of a correction are. Beside the middle of a cut lie its two parts. */
function placesOf(correction: Correction): [x: number, y: number][] {
  const { x, y } = correction;
  if (correction.kind !== 'split') return [[x, y]];
  const [dx, dy] = [correction.x2 - x, correction.y2 - y];
  const length = Math.hypot(dx, dy) || 1;
  return [-BESIDE_CUT, BESIDE_CUT].map((step) => [
    x + dx / 2 - (step * dy) / length,
    y + dy / 2 + (step * dx) / length,
  ]);
}
