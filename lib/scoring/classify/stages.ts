import { KINDS } from './kinds';
import type { Features } from './nucleus-features';

/** One logistic regression over kinds. Features are centred, scaled, and limited to `LIMIT` from their mean. */
export type Stage = {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** Of each kind: its constant. */
  readonly constant: readonly number[];
  /** Of each feature and then of each squared one, a weight for each kind. */
  readonly weights: readonly (readonly number[])[];
};

/** The first stage sees form, staining and neighbours; the second also what the first says of the nucleus, its neighbours and the picture. */
export type KindModel = { readonly alone: Stage; readonly context: Stage };

/** In standard deviations. */
export const LIMIT = 4;
/** So many of the first features count squared too. */
const SQUARED = 6;

/** In standard deviations from the mean, limited. */
export function centred(value: number, mean: number, scale: number): number {
  const z = (value - mean) / scale;
  return Math.min(LIMIT, Math.max(-LIMIT, z));
}

/** `KINDS.length` numbers a nucleus, which add up to 1. */
export function likelihoods(tables: readonly Features[], stage: Stage): Float64Array {
  const result = scoresOf(tables, stage);
  const kinds = KINDS.length;
  for (let at = 0; at < result.length; at += kinds) {
    let most = result[at];
    for (let c = 1; c < kinds; c++) most = Math.max(most, result[at + c]);
    let sum = 0;
    for (let c = 0; c < kinds; c++) sum += result[at + c] = Math.exp(result[at + c] - most);
    for (let c = 0; c < kinds; c++) result[at + c] /= sum;
  }
  return result;
}

/** `KINDS.length` numbers a nucleus: logarithms of likelihoods, up to a number that all kinds of a nucleus share. */
export function scoresOf(tables: readonly Features[], stage: Stage): Float64Array {
  const scores = startingScores(tables[0].values.length / tables[0].width, stage);
  let first = 0;
  for (const table of tables) {
    addScores(scores, table, first, stage);
    first += table.width;
  }
  return scores;
}

/** Scores before any feature was seen. */
export function startingScores(count: number, { constant }: Stage): Float64Array {
  const scores = new Float64Array(count * KINDS.length);
  for (let at = 0; at < scores.length; at += KINDS.length)
    for (let c = 0; c < KINDS.length; c++) scores[at + c] = constant[c];
  return scores;
}

/**
 * Adds what the columns of a table say.
 *
 * @param scores - of the table's nuclei.
 * @param first - place of the table's first column among all that the stage sees.
 */
export function addScores(
  scores: Float64Array,
  { width: columns, values }: Features,
  first: number,
  { mean, scale, weights }: Stage,
): void {
  const kinds = KINDS.length;
  const width = mean.length;
  const flat = Float64Array.from(weights.flat());
  const means = Float64Array.from(mean);
  const scales = Float64Array.from(scale);
  // Written out for four kinds, so that their sums are local variables.
  for (let k = 0; k < scores.length / kinds; k++) {
    const at = k * kinds;
    let [a, b, c, d] = [scores[at], scores[at + 1], scores[at + 2], scores[at + 3]];
    for (let i = 0; i < columns; i++) {
      const f = first + i;
      const z = centred(values[k * columns + i], means[f], scales[f]);
      let w = f * kinds;
      a += z * flat[w];
      b += z * flat[w + 1];
      c += z * flat[w + 2];
      d += z * flat[w + 3];
      if (f >= SQUARED) continue;
      const square = z * z - 1;
      w = (width + f) * kinds;
      a += square * flat[w];
      b += square * flat[w + 1];
      c += square * flat[w + 2];
      d += square * flat[w + 3];
    }
    scores[at] = a;
    scores[at + 1] = b;
    scores[at + 2] = c;
    scores[at + 3] = d;
  }
}
