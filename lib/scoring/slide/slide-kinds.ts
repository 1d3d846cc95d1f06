import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { NOT_NAMED } from '@/lib/scoring/classify/kinds';
import type { Field } from '@/lib/scoring/classify/nucleus-features';
import type { TaughtWeights } from '@/lib/scoring/classify/teach-kinds';
import { featuresInRanges, tellKindsInRanges } from '@/lib/scoring/classify/tell-kinds';
import type { NucleusGrid } from './nucleus-grid';
import type { SlideNuclei } from './slide-nuclei';

/**
 * Tells the kinds of all nuclei that were found on a slide, in turns of some tens of milliseconds.
 *
 * @returns null where some cell lacks what kinds are told by
 */
export function* tellSlideInTurns(
  found: SlideNuclei,
  slide: Field,
  weights: TaughtWeights | null,
): Generator<void, NucleusKinds | null> {
  const { kindColumns } = found;
  return kindColumns && (yield* tellKindsInRanges({ ...found, ...kindColumns }, slide, weights));
}

/** The same at once. */
export function tellSlide(found: SlideNuclei, slide: Field, weights: TaughtWeights | null): NucleusKinds | null {
  const telling = tellSlideInTurns(found, slide, weights);
  for (;;) {
    const { done, value } = telling.next();
    if (done) return value;
  }
}

/** The features of all nuclei that were found, `FEATURES.length` numbers each; null where some cell lacks what they need. */
export function featuresOfSlide(found: SlideNuclei, slide: Field): Float32Array | null {
  const { kindColumns } = found;
  return kindColumns && featuresInRanges({ ...found, ...kindColumns }, slide);
}

/**
 * The kinds with those of nuclei added by hand: each is what the nearest found nucleus is, since nothing of it was measured.
 *
 * @param nuclei - with those that were added, as `grid`.
 * @returns `kinds` itself where none was added
 */
export function withAdded(kinds: NucleusKinds, nuclei: SlideNuclei, grid: NucleusGrid): NucleusKinds {
  const found = kinds.kind.length;
  if (nuclei.count === found) return kinds;
  const extended = {
    kind: new Uint8Array(nuclei.count),
    likelihood: new Float32Array(nuclei.count),
    named: kinds.named && { ...kinds.named, entry: new Uint8Array(nuclei.count).fill(NOT_NAMED) },
  };
  extended.kind.set(kinds.kind);
  extended.likelihood.set(kinds.likelihood);
  if (kinds.named) extended.named?.entry.set(kinds.named.entry);
  for (let k = found; k < nuclei.count; k++) {
    const nearest = nearestFound(nuclei, grid, k, found);
    if (nearest < 0) continue;
    extended.kind[k] = kinds.kind[nearest];
    extended.likelihood[k] = kinds.likelihood[nearest];
    if (extended.named && kinds.named) extended.named.entry[k] = kinds.named.entry[nearest];
  }
  return extended;
}

/** The nucleus before `found` whose centre is nearest to that of nucleus k; -1 without any. */
function nearestFound({ centroidX, centroidY }: SlideNuclei, grid: NucleusGrid, k: number, found: number): number {
  const { side, x, y, columns, rows, starts, members } = grid;
  const column = Math.floor((centroidX[k] - x) / side);
  const row = Math.floor((centroidY[k] - y) / side);
  let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
  // Squares farther away in rings: a nucleus in ring r is at least r - 1 sides away.
  for (let ring = 0; ring <= Math.max(columns, rows) && ((ring - 1) * side) ** 2 <= least; ring++)
    for (let r = row - ring; r <= row + ring; r++) {
      if (r < 0 || r >= rows) continue;
      const isEdge = r === row - ring || r === row + ring;
      for (let c = column - ring; c <= column + ring; c += isEdge || ring === 0 ? 1 : 2 * ring) {
        if (c < 0 || c >= columns) continue;
        for (let m = starts[r * columns + c]; m < starts[r * columns + c + 1]; m++) {
          const n = members[m];
          const apart = (centroidX[n] - centroidX[k]) ** 2 + (centroidY[n] - centroidY[k]) ** 2;
          if (n < found && apart < least) [nearest, least] = [n, apart];
        }
      }
    }
  return nearest;
}
