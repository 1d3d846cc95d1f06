import { type DescribedNuclei, likeliestKinds, type NucleusKinds, PRIOR } from './classify-nuclei';
import { FEWEST_EXAMPLES, TAUGHT_COLUMNS, TAUGHT_FEATURES } from './feature-names';
import { fitSoftmax } from './fit-softmax';
import { KINDS, NOT_NAMED, type NucleusKind } from './kinds';
import type { Features } from './nucleus-features';
import { centred } from './stages';

/** A class that a user names, and the kind as which its nuclei count. */
export type NamedClass = { readonly name: string; readonly kind: NucleusKind };

/** A nucleus whose class somebody stated: a name of `KINDS` or of a `NamedClass`. */
export type ClassExample = { readonly nucleus: number; readonly name: string };

/** What is added to the scores of the prior. */
export type TaughtWeights = {
  /** Besides `KINDS`, which come first. */
  readonly classes: readonly NamedClass[];
  /** A row for each of `TAUGHT_COLUMNS`, a number for each class. */
  readonly rows: readonly (readonly number[])[];
};

/** Chosen on simulated fields that are not the reported ones, see the README. */
const PENALTY = 450;
/** Bounds of how much an example counts beside the others. */
const [LEAST_IMPORTANCE, MOST_IMPORTANCE] = [0.2, 3];

const CHOSEN = Int32Array.from(TAUGHT_FEATURES);
const [MEANS, SCALES] = [Float64Array.from(PRIOR.context.mean), Float64Array.from(PRIOR.context.scale)];

/** Nuclei whose classes can be learnt: those of a picture (`describeKinds`), or of a slide (`PackedNuclei`). */
export type Teachable = {
  readonly count: number;
  /** What the prior makes of them, `KINDS.length` a nucleus. */
  readonly scores: Float64Array;
  /** Writes `TAUGHT_COLUMNS` of a nucleus, centred and scaled as the prior has them. */
  describe(into: Float64Array, at: number, nucleus: number): void;
  /** Adds what weights say to the scores of all. @param rows - as those of `TaughtWeights`, one after the other. */
  add(scores: Float64Array, rows: Float64Array): void;
};

export type LearntKinds = {
  /** null until there are enough examples, where nothing was taught elsewhere. */
  readonly taught: TaughtWeights | null;
  readonly kinds: NucleusKinds;
};

/**
 * Learns kinds from examples, starting from the prior and what was taught elsewhere, and tells the kinds of all nuclei.
 *
 * Nothing is learnt before two classes have `FEWEST_EXAMPLES`, nor a class of the user's before it has as many. A nucleus
 * that is an example is what was stated of it, in any case; of several statements the last one holds.
 *
 * @param classes - of the user, with those of `from`; examples name no others besides `KINDS`.
 * @param from - what was taught on other pictures.
 * @throws RangeError for an example of a class that is not named
 */
export const learnKinds = (
  described: DescribedNuclei,
  classes: readonly NamedClass[],
  examples: readonly ClassExample[],
  from: TaughtWeights | null = null,
): LearntKinds => learnClasses(asTeachable(described), classes, examples, from);

/** The same of nuclei that are described in another way. */
export function learnClasses(
  nuclei: Teachable,
  classes: readonly NamedClass[],
  examples: readonly ClassExample[],
  from: TaughtWeights | null = null,
): LearntKinds {
  const names = namesOf(classes);
  const unknown = examples.find(({ name }) => !names.includes(name));
  if (unknown) throw new RangeError(`an example names ${JSON.stringify(unknown.name)}, which is no class`);
  const stated = new Map(examples.map(({ nucleus, name }) => [nucleus, names.indexOf(name)]));
  const enough = names.map((_, c) => [...stated.values()].filter((of) => of === c).length >= FEWEST_EXAMPLES);
  const active = names.map((name, c) => c < KINDS.length || enough[c] || isIn(from, name));
  const kindOf = kindsOf(classes);
  const scores = shareScores(nuclei, kindOf, active);
  const start = from && rowsFor(from, names);
  if (start) nuclei.add(scores, start);
  const learnt = enough.filter(Boolean).length < 2 ? null : fitExamples(nuclei, scores, stated, active);
  if (learnt) nuclei.add(scores, learnt);
  const rows = start && learnt ? start.map((weight, i) => weight + learnt[i]) : (start ?? learnt);
  return {
    taught: rows && {
      classes,
      rows: TAUGHT_COLUMNS.map((_, f) => [...rows.subarray(f * names.length, (f + 1) * names.length)]),
    },
    kinds: tellKinds(scores, names, kindOf, stated),
  };
}

/** `KINDS`, then the names of the user's. */
const namesOf = (classes: readonly NamedClass[]): string[] => [...KINDS, ...classes.map(({ name }) => name)];

/** The entry in `KINDS` as which each of these names counts. */
const kindsOf = (classes: readonly NamedClass[]): Uint8Array =>
  Uint8Array.of(...KINDS.keys(), ...classes.map(({ kind }) => KINDS.indexOf(kind)));

/** Weights that were taught elsewhere, for nuclei that are described in parts. */
export class AppliedWeights {
  readonly #names: readonly string[];
  readonly #kindOf: Uint8Array;
  readonly #rows: Float64Array;

  constructor(weights: TaughtWeights) {
    this.#names = namesOf(weights.classes);
    this.#kindOf = kindsOf(weights.classes);
    this.#rows = rowsFor(weights, this.#names);
  }

  /** What the weights add, of nuclei of which no feature was seen yet. */
  start(count: number): Float64Array {
    const added = new Float64Array(count * this.#names.length);
    addConstants(added, this.#rows);
    return added;
  }

  /** @param first - place of the table's first column among `FEATURES` and `CONTEXT_FEATURES`. */
  add(added: Float64Array, table: Features, first: number): void {
    addColumns(added, table, first, this.#rows);
  }

  /** @param scores - of the prior. */
  tell(scores: Float64Array, added: Float64Array): NucleusKinds {
    const all = this.#names.map(() => true);
    const shared = shareScores({ count: scores.length / KINDS.length, scores }, this.#kindOf, all);
    for (let i = 0; i < shared.length; i++) shared[i] += added[i];
    return tellKinds(shared, this.#names, this.#kindOf, new Map());
  }
}

const isIn = (from: TaughtWeights | null, name: string) => from?.classes.some((of) => of.name === name) ?? false;

/** The prior's scores for each class; those of a kind share it. A class that takes no part has no likelihood. */
function shareScores(
  { count, scores }: Pick<DescribedNuclei, 'count' | 'scores'>,
  kindOf: Uint8Array,
  active: readonly boolean[],
): Float64Array {
  const classes = kindOf.length;
  if (classes === KINDS.length) return scores.slice();
  const sharing = KINDS.map((_, kind) => Math.log(active.filter((is, c) => is && kindOf[c] === kind).length));
  const less = Float64Array.from(active, (is, c) => (is ? sharing[kindOf[c]] : Number.POSITIVE_INFINITY));
  const start = new Float64Array(count * classes);
  for (let k = 0, to = 0; k < count; k++) {
    const from = k * KINDS.length;
    for (let c = 0; c < classes; c++) start[to++] = scores[from + kindOf[c]] - less[c];
  }
  return start;
}

const asTeachable = (described: DescribedNuclei): Teachable => ({
  ...{ count: described.count, scores: described.scores },
  describe: (into, at, nucleus) => describeInto(into, at, described, nucleus),
  add(scores, rows) {
    addConstants(scores, rows);
    let first = 0;
    for (const table of described.tables) {
      addColumns(scores, table, first, rows);
      first += table.width;
    }
  },
});

function describeInto(into: Float64Array, at: number, { tables: [alone, context] }: DescribedNuclei, nucleus: number) {
  into[at] = 1;
  for (let n = 0; n < CHOSEN.length; n++) {
    const f = CHOSEN[n];
    const raw =
      f < alone.width
        ? alone.values[nucleus * alone.width + f]
        : context.values[nucleus * context.width + f - alone.width];
    into[at + 1 + n] = centred(raw, MEANS[f], SCALES[f]);
  }
}

function addConstants(scores: Float64Array, rows: Float64Array): void {
  const classes = rows.length / TAUGHT_COLUMNS.length;
  for (let at = 0; at < scores.length; at++) scores[at] += rows[at % classes];
}

/** Adds what the taught columns of a table say. */
function addColumns(scores: Float64Array, { width, values }: Features, first: number, rows: Float64Array): void {
  const classes = rows.length / TAUGHT_COLUMNS.length;
  for (let n = 0; n < CHOSEN.length; n++) {
    const f = CHOSEN[n];
    if (f < first || f >= first + width) continue;
    const row = rows.subarray((n + 1) * classes, (n + 2) * classes);
    const [mean, scale] = [MEANS[f], SCALES[f]];
    for (let k = 0, at = f - first; at < values.length; k += classes, at += width) {
      const z = centred(values[at], mean, scale);
      for (let c = 0; c < classes; c++) scores[k + c] += z * row[c];
    }
  }
}

/** What the examples teach beyond `scores`. */
function fitExamples(
  nuclei: Teachable,
  scores: Float64Array,
  stated: ReadonlyMap<number, number>,
  active: readonly boolean[],
): Float64Array {
  const classes = active.length;
  const width = TAUGHT_COLUMNS.length;
  const chosen = [...stated].filter(([, label]) => active[label]);
  const labels = chosen.map(([, label]) => label);
  const design = new Float64Array(chosen.length * width);
  const offsets = new Float64Array(chosen.length * classes);
  chosen.forEach(([nucleus], i) => {
    nuclei.describe(design, i * width, nucleus);
    // A finite number, so that a class that takes no part has no likelihood, and no weight either.
    for (let c = 0; c < classes; c++) offsets[i * classes + c] = Math.max(scores[nucleus * classes + c], -1e6);
  });
  const importance = importanceOf(labels, sharesOf(scores, classes));
  return fitSoftmax({ design, width, classes, offsets, labels, importance, penalty: PENALTY });
}

/** Users state as many of a rare kind as of a common one. An example counts by how common its class is, the mean is 1. */
function importanceOf(labels: readonly number[], shares: Float64Array): Float64Array {
  const counts = new Float64Array(shares.length);
  for (const label of labels) counts[label]++;
  const importance = Float64Array.from(labels, (label) =>
    Math.min(MOST_IMPORTANCE, Math.max(LEAST_IMPORTANCE, (shares[label] * labels.length) / counts[label])),
  );
  const mean = importance.reduce((sum, value) => sum + value, 0) / labels.length;
  return importance.map((value) => value / mean);
}

/** So many nuclei tell how common classes are: of more, some in even steps. */
const ENOUGH_FOR_SHARES = 50_000;

/** Mean likelihood of each class over the picture. */
function sharesOf(scores: Float64Array, classes: number): Float64Array {
  const shares = new Float64Array(classes);
  const powers = new Float64Array(classes);
  const stride = classes * Math.ceil(scores.length / classes / ENOUGH_FOR_SHARES);
  let used = 0;
  for (let at = 0; at < scores.length; at += stride, used++) {
    let most = scores[at];
    for (let c = 1; c < classes; c++) most = Math.max(most, scores[at + c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += powers[c] = Math.exp(scores[at + c] - most);
    for (let c = 0; c < classes; c++) shares[c] += powers[c] / sum;
  }
  return shares.map((sum) => sum / used);
}

/** The likeliest kind first, whose classes are taken together; then the likeliest class of that kind. */
function tellKinds(
  scores: Float64Array,
  names: readonly string[],
  kindOf: Uint8Array,
  stated: ReadonlyMap<number, number>,
): NucleusKinds {
  const classes = names.length;
  const count = scores.length / classes;
  if (classes === KINDS.length) {
    const told = likeliestKinds({ count, scores });
    for (const [nucleus, label] of stated) [told.kind[nucleus], told.likelihood[nucleus]] = [label, 1];
    return told;
  }
  const kind = new Uint8Array(count);
  const likelihood = new Float32Array(count);
  const entry = new Uint8Array(count).fill(NOT_NAMED);
  const sums = new Float64Array(KINDS.length);
  for (let k = 0; k < count; k++) {
    const at = k * classes;
    let most = scores[at];
    for (let c = 1; c < classes; c++) if (scores[at + c] > most) most = scores[at + c];
    for (let of = 0; of < sums.length; of++) sums[of] = 0;
    let whole = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[at + c];
      // An exponential takes most of the time.
      const power = score === most ? 1 : score === Number.NEGATIVE_INFINITY ? 0 : Math.exp(score - most);
      sums[kindOf[c]] += power;
      whole += power;
    }
    let best = 0;
    for (let of = 1; of < sums.length; of++) if (sums[of] > sums[best]) best = of;
    kind[k] = best;
    likelihood[k] = sums[best] / whole;
    let within = best;
    for (let c = KINDS.length; c < classes; c++)
      if (kindOf[c] === best && scores[at + c] > scores[at + within]) within = c;
    if (within >= KINDS.length) entry[k] = within - KINDS.length;
  }
  for (const [nucleus, label] of stated) {
    kind[nucleus] = kindOf[label];
    likelihood[nucleus] = 1;
    entry[nucleus] = label < KINDS.length ? NOT_NAMED : label - KINDS.length;
  }
  return { kind, likelihood, named: { names: names.slice(KINDS.length), entry } };
}

/** The weights of other pictures, with a column for each class of this one. */
function rowsFor({ classes, rows }: TaughtWeights, names: readonly string[]): Float64Array {
  const theirs = namesOf(classes);
  const columns = names.map((name) => theirs.indexOf(name));
  return Float64Array.from(rows.flatMap((row) => columns.map((c) => (c < 0 ? 0 : row[c]))));
}
