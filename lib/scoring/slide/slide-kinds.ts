import type { PositiveExample } from '@/lib/scoring/classify/calibrate-classes';
import type { NucleusKinds } from '@/lib/scoring/classify/classify-nuclei';
import { NOT_NAMED } from '@/lib/scoring/classify/kinds';
import type { Field } from '@/lib/scoring/classify/nucleus-features';
import type { PackedNuclei } from '@/lib/scoring/classify/packed-nuclei';
import { type ClassExample, learnClasses, type TaughtWeights } from '@/lib/scoring/classify/teach-kinds';
import { classesOf, type TaughtKinds, type Teaching, type TeachingClick } from '@/lib/scoring/classify/teach-picture';
import { featuresInRanges, packInRanges, tellKindsInRanges } from '@/lib/scoring/classify/tell-kinds';
import { type NucleusGrid, nucleusAt } from './nucleus-grid';
import type { SlideNuclei } from './slide-nuclei';

/** What clicks state of the found nuclei. */
export type SlideExamples = { readonly kinds: readonly ClassExample[]; readonly classes: readonly PositiveExample[] };

/** A click on no found nucleus states nothing. */
export function examplesOf(
  clicks: readonly TeachingClick[],
  { nuclei, grid, found }: { nuclei: SlideNuclei; grid: NucleusGrid; found: number },
): SlideExamples {
  const kinds: ClassExample[] = [];
  const classes: PositiveExample[] = [];
  for (const click of clicks) {
    const nucleus = nucleusAt(nuclei, grid, click);
    if (nucleus < 0 || nucleus >= found) continue;
    if (click.name === undefined) classes.push({ nucleus, positive: click.positive });
    else kinds.push({ nucleus, name: click.name });
  }
  return { kinds, classes };
}

/** What the kinds of a slide's nuclei are taught by, made in turns of some tens of milliseconds; null as for `tellSlideInTurns`. */
export function* packSlideInTurns(
  { kindColumns, ...found }: SlideNuclei,
  slide: Field,
): Generator<void, PackedNuclei | null> {
  return kindColumns && (yield* packInRanges({ ...found, ...kindColumns }, slide));
}

/** What examples teach: half a second for a million nuclei, since nothing is measured. Without any, kinds are told by `tellSlide`. */
export function teachPacked(packed: PackedNuclei, teaching: Teaching, examples: readonly ClassExample[]): TaughtKinds {
  const { taught, kinds } = learnClasses(packed, classesOf(teaching), examples, teaching.classifier?.weights ?? null);
  return { kinds, weights: taught, stated: new Set(examples.map(({ nucleus }) => nucleus)) };
}

/** Tells kinds at once: by examples where there are any, else by what was taught elsewhere. null as for `tellSlideInTurns`. */
export function teachSlide(
  found: SlideNuclei,
  slide: Field,
  teaching: Teaching,
  examples: readonly ClassExample[],
): TaughtKinds | null {
  const weights = teaching.classifier?.weights ?? null;
  if (examples.length === 0) {
    const kinds = tellSlide(found, slide, weights);
    return kinds && { kinds, weights, stated: new Set() };
  }
  const packed = atOnce(packSlideInTurns(found, slide));
  return packed && teachPacked(packed, teaching, examples);
}

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
export const tellSlide = (found: SlideNuclei, slide: Field, weights: TaughtWeights | null): NucleusKinds | null =>
  atOnce(tellSlideInTurns(found, slide, weights));

function atOnce<T>(turns: Generator<void, T>): T {
  for (;;) {
    const { done, value } = turns.next();
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
