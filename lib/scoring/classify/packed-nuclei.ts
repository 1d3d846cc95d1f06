import { PRIOR } from './classify-nuclei';
import { TAUGHT_FEATURES } from './feature-names';
import type { Features } from './nucleus-features';
import { centred, LIMIT } from './stages';
import type { Teachable } from './teach-kinds';

const CHOSEN = Int32Array.from(TAUGHT_FEATURES);
const WIDTH = CHOSEN.length;
const [MEANS, SCALES] = [Float64Array.from(PRIOR.context.mean), Float64Array.from(PRIOR.context.scale)];
/** Of a standard deviation. Features are limited to `LIMIT` of these, so that a step of 16 bits is 1 / 8,191. */
const STEPS = Math.floor(0x7fff / LIMIT);

/**
 * What kinds of a slide's nuclei are taught by: made once, in about 112 bytes a nucleus, and read at every click.
 *
 * A click costs `TAUGHT_FEATURES.length` multiplications a nucleus and class, and nothing is measured again.
 */
export class PackedNuclei implements Teachable {
  readonly count: number;
  readonly scores: Float64Array;
  /** The taught features of each nucleus, row by row, in steps. */
  readonly #steps: Int16Array;

  /** @param scores - of the prior; they may be filled in later. */
  constructor(count: number, scores: Float64Array) {
    this.count = count;
    this.scores = scores;
    this.#steps = new Int16Array(count * WIDTH);
  }

  /**
   * Takes the features of some nuclei that follow each other.
   *
   * @param from - the first of these nuclei.
   * @param first - place of the table's first column among `FEATURES` and `CONTEXT_FEATURES`.
   */
  take({ width, values }: Features, from: number, first: number): void {
    for (let n = 0; n < WIDTH; n++) {
      const f = CHOSEN[n];
      if (f < first || f >= first + width) continue;
      const [mean, scale] = [MEANS[f], SCALES[f]];
      for (let at = f - first, to = from * WIDTH + n; at < values.length; at += width, to += WIDTH)
        this.#steps[to] = Math.round(centred(values[at], mean, scale) * STEPS);
    }
  }

  describe(into: Float64Array, at: number, nucleus: number): void {
    into[at] = 1;
    for (let n = 0; n < WIDTH; n++) into[at + 1 + n] = this.#steps[nucleus * WIDTH + n] / STEPS;
  }

  /** Scores of a nucleus count beside each other alone: nothing is added to those of the first class, and less to the others. */
  add(scores: Float64Array, rows: Float64Array): void {
    const classes = rows.length / (WIDTH + 1);
    for (let c = 1; c < classes; ) {
      const left = classes - c;
      // So that no pass is for one class alone.
      const some = left === 4 || left > 6 ? 4 : Math.min(3, left);
      const weights = this.#weightsOf(rows, classes, c, some);
      if (some === 4) this.#addFour(scores, weights, classes, c);
      else this.#addThree(scores, weights, classes, c, some);
      c += some;
    }
  }

  /** Of `some` classes from `c` on, a row a feature; the rows have room for three at least, and hold 0 for what is no class. */
  #weightsOf(rows: Float64Array, classes: number, c: number, some: number): Float64Array {
    const width = Math.max(3, some);
    const weights = new Float64Array((WIDTH + 1) * width);
    for (let n = 0; n <= WIDTH; n++)
      for (let i = 0; i < some; i++)
        weights[n * width + i] = (rows[n * classes + c + i] - rows[n * classes]) / (n === 0 ? 1 : STEPS);
    return weights;
  }

  // Written out for three and for four classes, so that their sums are local variables.
  #addThree(scores: Float64Array, weights: Float64Array, classes: number, c: number, some: number): void {
    const steps = this.#steps;
    for (let k = 0, at = 0; k < this.count; k++) {
      let [x, y, z] = [weights[0], weights[1], weights[2]];
      for (let n = 3; n < weights.length; n += 3) {
        const value = steps[at++];
        x += value * weights[n];
        y += value * weights[n + 1];
        z += value * weights[n + 2];
      }
      const to = k * classes + c;
      scores[to] += x;
      if (some > 1) scores[to + 1] += y;
      if (some > 2) scores[to + 2] += z;
    }
  }

  #addFour(scores: Float64Array, weights: Float64Array, classes: number, c: number): void {
    const steps = this.#steps;
    for (let k = 0, at = 0; k < this.count; k++) {
      let [x, y, z, w] = [weights[0], weights[1], weights[2], weights[3]];
      for (let n = 4; n < weights.length; n += 4) {
        const value = steps[at++];
        x += value * weights[n];
        y += value * weights[n + 1];
        z += value * weights[n + 2];
        w += value * weights[n + 3];
      }
      const to = k * classes + c;
      scores[to] += x;
      scores[to + 1] += y;
      scores[to + 2] += z;
      scores[to + 3] += w;
    }
  }
}
