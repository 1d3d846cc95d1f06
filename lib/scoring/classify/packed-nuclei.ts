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
/** Classes whose sums are local variables. */
const AT_ONCE = 3;

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
    for (let c = 1; c < classes; c += AT_ONCE) this.#addSome(scores, rows, classes, c);
  }

  /** To the classes from `c` on; those beyond the last have weights of 0. */
  #addSome(scores: Float64Array, rows: Float64Array, classes: number, c: number): void {
    const steps = this.#steps;
    const some = Math.min(AT_ONCE, classes - c);
    const weights = new Float64Array((WIDTH + 1) * AT_ONCE);
    for (let n = 0; n <= WIDTH; n++)
      for (let i = 0; i < some; i++)
        weights[n * AT_ONCE + i] = (rows[n * classes + c + i] - rows[n * classes]) / (n === 0 ? 1 : STEPS);
    for (let k = 0, at = 0; k < this.count; k++) {
      let [x, y, z] = [weights[0], weights[1], weights[2]];
      for (let n = AT_ONCE; n < weights.length; n += AT_ONCE) {
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
}
