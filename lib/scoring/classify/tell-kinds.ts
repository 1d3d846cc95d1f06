import { likeliestKinds, type NucleusKinds, PRIOR } from './classify-nuclei';
import { FEATURES } from './feature-names';
import { KINDS, NOT_NAMED } from './kinds';
import {
  contextFeatures,
  type DescribedColumns,
  type Features,
  type Field,
  gatherGuesses,
  nucleusFeatures,
  surroundingsOf,
} from './nucleus-features';
import { PackedNuclei } from './packed-nuclei';
import { addScores, likelihoods, startingScores } from './stages';
import { findNeighbours } from './sum-around';
import { AppliedWeights, type TaughtWeights } from './teach-kinds';

/** So many nuclei are described at once: some tens of milliseconds, and ten megabytes. */
const RANGE = 8192;

/**
 * Tells the kinds of a slide's nuclei: those of `classifyNuclei`, or of what was taught elsewhere, without a table of all
 * features. Of a million nuclei it needs about 150 MB while it works.
 *
 * It yields after each range, so that a thread can do something else in between.
 *
 * @param nuclei - of the whole slide, before any gate.
 * @param weights - null: those of the prior alone.
 */
export function* tellKindsInRanges(
  nuclei: DescribedColumns,
  field: Field,
  weights: TaughtWeights | null,
): Generator<void, NucleusKinds> {
  const { count } = nuclei;
  const taught = weights && new AppliedWeights(weights);
  const added = taught?.start(count) ?? null;
  const scores = startingScores(count, PRIOR.context);
  yield* describeInRanges(nuclei, field, (features, { from, to }, first) => {
    addScores(partOf(scores, from, to, count), features, first, PRIOR.context);
    if (taught && added) taught.add(partOf(added, from, to, count), features, first);
  });
  const told = { kind: new Uint8Array(count), likelihood: new Float32Array(count) };
  const entry = weights && weights.classes.length > 0 ? new Uint8Array(count).fill(NOT_NAMED) : null;
  for (const { from, to } of rangesOf(count)) {
    const own = partOf(scores, from, to, count);
    const some =
      taught && added
        ? taught.tell(own, partOf(added, from, to, count))
        : likeliestKinds({ count: to - from, scores: own });
    told.kind.set(some.kind, from);
    told.likelihood.set(some.likelihood, from);
    if (some.named) entry?.set(some.named.entry, from);
    yield;
  }
  return { ...told, named: entry && { names: weights?.classes.map(({ name }) => name) ?? [], entry } };
}

/**
 * Packs what kinds of a slide's nuclei are taught by, in as many turns: the slow part of teaching, which no click repeats. Of a million
 * nuclei the result has 112 MB.
 */
export function* packInRanges(nuclei: DescribedColumns, field: Field): Generator<void, PackedNuclei> {
  const { count } = nuclei;
  const scores = startingScores(count, PRIOR.context);
  const packed = new PackedNuclei(count, scores);
  yield* describeInRanges(nuclei, field, (features, { from, to }, first) => {
    addScores(partOf(scores, from, to, count), features, first, PRIOR.context);
    packed.take(features, from, first);
  });
  return packed;
}

/** Numbers of nuclei that follow each other, of a column with as many numbers for each. */
function partOf(column: Float64Array, from: number, to: number, count: number): Float64Array {
  const width = column.length / count;
  return column.subarray(from * width, to * width);
}

/** @param use - called with the features of each range, twice: `first` is their place among `FEATURES` and `CONTEXT_FEATURES`. */
function* describeInRanges(
  nuclei: DescribedColumns,
  field: Field,
  use: (features: Features, range: Range, first: number) => void,
): Generator<void, void> {
  const { count } = nuclei;
  const around = surroundingsOf(nuclei, field);
  yield;
  const likelihood = new Float32Array(count * KINDS.length);
  for (const range of rangesOf(count)) {
    const { features } = nucleusFeatures(around, range.from, range.to);
    likelihood.set(likelihoods([features], PRIOR.alone), range.from * KINDS.length);
    use(features, range, 0);
    yield;
  }
  const guesses = gatherGuesses(around, likelihood);
  yield;
  for (const range of rangesOf(count)) {
    const { from, to } = range;
    // Found anew: those of all nuclei would take some hundred megabytes.
    const features = contextFeatures(around, { from, neighbours: findNeighbours(around.map, from, to) }, guesses);
    use(features, range, FEATURES.length);
    yield;
  }
}

/** The same at once. */
export function tellKindsOfSlide(nuclei: DescribedColumns, field: Field, weights: TaughtWeights | null): NucleusKinds {
  const telling = tellKindsInRanges(nuclei, field, weights);
  for (;;) {
    const { done, value } = telling.next();
    if (done) return value;
  }
}

/** `FEATURES.length` numbers a nucleus: what `nucleusFeatures` says of a slide, rounded. */
export function featuresInRanges(nuclei: DescribedColumns, field: Field): Float32Array {
  const around = surroundingsOf(nuclei, field);
  const all = new Float32Array(nuclei.count * FEATURES.length);
  for (const { from, to } of rangesOf(nuclei.count))
    all.set(nucleusFeatures(around, from, to).features.values, from * FEATURES.length);
  return all;
}

type Range = { readonly from: number; readonly to: number };

function* rangesOf(count: number): Generator<Range> {
  for (let from = 0; from < count; from += RANGE) yield { from, to: Math.min(count, from + RANGE) };
}
