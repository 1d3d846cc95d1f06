/** What a softmax regression is fitted to. */
export type FitWork = {
  /** `width` numbers an example, row by row; a constant is a column of ones. */
  readonly design: Float64Array;
  readonly width: number;
  /** How many classes. */
  readonly classes: number;
  /** `classes` numbers an example: the scores before anything is learnt. */
  readonly offsets: Float64Array;
  /** The class of each example. */
  readonly labels: ArrayLike<number>;
  /** How much each example counts. */
  readonly importance: Float64Array;
  /** Above 0. */
  readonly penalty: number;
};

const MOST_STEPS = 100;
/** Largest derivative of a solution. */
const SOLVED = 1e-10;

/**
 * Fits the weights W, `classes` numbers a column of the design, that minimise
 *
 *     sum of importance * -ln softmax(offsets + design W)[label] + penalty / 2 * sum of W²
 *
 * by Newton's method, each of whose steps is solved by conjugate gradients. Without offsets these are the weights of
 * scikit-learn's `LogisticRegression(C=1 / penalty, fit_intercept=False)`. The penalty draws towards the offsets.
 */
export function fitSoftmax(work: FitWork): Float64Array {
  let found = new Float64Array(work.width * work.classes);
  let now = evaluate(work, found);
  for (let step = 0; step < MOST_STEPS && largest(now.gradient) > SOLVED; step++) {
    const direction = newtonStep(work, now);
    let length = 1;
    let next = along(found, direction, length);
    let there = evaluate(work, next);
    while (there.loss > now.loss && length > 1e-6) {
      length /= 2;
      next = along(found, direction, length);
      there = evaluate(work, next);
    }
    // What is left is rounding.
    if (there.loss >= now.loss) break;
    [found, now] = [next, there];
  }
  return found;
}

type Evaluation = {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Likelihood of each class: `classes` numbers an example. */
  readonly likelihood: Float64Array;
};

function evaluate(work: FitWork, weights: Float64Array): Evaluation {
  const { classes, offsets, labels, importance, penalty } = work;
  const scores = timesDesign(work, weights);
  const count = labels.length;
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const at = i * classes;
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      scores[at + c] += offsets[at + c];
      most = Math.max(most, scores[at + c]);
    }
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(scores[at + c] - most);
    const whole = most + Math.log(sum);
    loss += importance[i] * (whole - scores[at + labels[i]]);
    for (let c = 0; c < classes; c++) scores[at + c] = Math.exp(scores[at + c] - whole);
  }
  const wrong = scores.map((share, n) => {
    const i = Math.floor(n / classes);
    return importance[i] * (share - (n - i * classes === labels[i] ? 1 : 0));
  });
  const gradient = timesTransposed(work, wrong);
  for (let n = 0; n < weights.length; n++) {
    gradient[n] += penalty * weights[n];
    loss += (penalty / 2) * weights[n] ** 2;
  }
  return { loss, gradient, likelihood: scores };
}

/** Solves hessian * d = -gradient. The penalty keeps the hessian positive. */
function newtonStep(work: FitWork, { gradient, likelihood }: Evaluation): Float64Array {
  const step = new Float64Array(gradient.length);
  let left = gradient.map((value) => -value);
  let direction = left;
  let size = dot(left, left);
  const enough = size * 1e-18;
  for (let n = 0; n < gradient.length && size > enough; n++) {
    const image = timesHessian(work, likelihood, direction);
    const length = size / dot(direction, image);
    for (let i = 0; i < step.length; i++) step[i] += length * direction[i];
    left = along(left, image, -length);
    const smaller = dot(left, left);
    direction = along(left, direction, smaller / size);
    size = smaller;
  }
  return step;
}

function timesHessian(work: FitWork, likelihood: Float64Array, direction: Float64Array): Float64Array {
  const { classes, importance, penalty, labels } = work;
  const moved = timesDesign(work, direction);
  for (let i = 0; i < labels.length; i++) {
    const at = i * classes;
    let mean = 0;
    for (let c = 0; c < classes; c++) mean += likelihood[at + c] * moved[at + c];
    for (let c = 0; c < classes; c++) moved[at + c] = importance[i] * likelihood[at + c] * (moved[at + c] - mean);
  }
  const image = timesTransposed(work, moved);
  for (let n = 0; n < image.length; n++) image[n] += penalty * direction[n];
  return image;
}

/** design W: `classes` numbers an example. */
function timesDesign({ design, width, classes, labels }: FitWork, weights: Float64Array): Float64Array {
  const scores = new Float64Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++)
    for (let f = 0; f < width; f++) {
      const z = design[i * width + f];
      for (let c = 0; c < classes; c++) scores[i * classes + c] += z * weights[f * classes + c];
    }
  return scores;
}

/** design^T V: `classes` numbers a column. */
function timesTransposed({ design, width, classes, labels }: FitWork, values: Float64Array): Float64Array {
  const sums = new Float64Array(width * classes);
  for (let i = 0; i < labels.length; i++)
    for (let f = 0; f < width; f++) {
      const z = design[i * width + f];
      for (let c = 0; c < classes; c++) sums[f * classes + c] += z * values[i * classes + c];
    }
  return sums;
}

const along = (from: Float64Array, direction: Float64Array, length: number) =>
  from.map((value, i) => value + length * direction[i]);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const largest = (values: Float64Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
