import { FEWEST_EXAMPLES } from './feature-names';

/**
 * From which brown density on a nucleus is positive whatever the network says, and below which it is negative: mean optical
 * density of blue light less that of red. null: there is no such limit.
 */
export type ClassLimits = { readonly positiveFrom: number | null; readonly negativeBelow: number | null };

/** A nucleus that somebody called positive or negative. */
export type PositiveExample = { readonly nucleus: number; readonly positive: boolean };

/**
 * The limits that explain the most examples. Where several do, those that change the fewest nuclei. A class of the
 * network's that no example contradicts gets no limit.
 *
 * @param brown - of each nucleus.
 * @param positive - the class of each so far: 1 = positive.
 * @returns null for fewer than `FEWEST_EXAMPLES` of one class.
 */
export function calibrateClasses(
  brown: Float32Array,
  positive: Uint8Array,
  examples: readonly PositiveExample[],
): ClassLimits | null {
  // Of several statements on a nucleus the last one holds.
  const stated = [...new Map(examples.map((example) => [example.nucleus, example.positive]))];
  const count = (of: boolean) => stated.filter(([, isPositive]) => isPositive === of).length;
  if (count(true) < FEWEST_EXAMPLES || count(false) < FEWEST_EXAMPLES) return null;
  const called = (by: number) =>
    stated
      .filter(([nucleus]) => positive[nucleus] === by)
      .map(([nucleus, isPositive]) => ({ brown: brown[nucleus], isPositive }));
  return {
    positiveFrom: bestLimit(called(0).map((of) => ({ brown: of.brown, isWrong: of.isPositive }))),
    // The darkest ones are the last to become negative, so that limit is sought from the other side.
    negativeBelow: negated(bestLimit(called(1).map((of) => ({ brown: -of.brown, isWrong: !of.isPositive })))),
  };
}

/** The highest limit from which on as many examples as possible are wrong, less those that are right; null where none gains. */
function bestLimit(examples: readonly { brown: number; isWrong: boolean }[]): number | null {
  const sorted = [...examples].sort((a, b) => b.brown - a.brown);
  let [gain, most, limit] = [0, 0, null as number | null];
  sorted.forEach(({ brown, isWrong }, n) => {
    gain += isWrong ? 1 : -1;
    const next = sorted[n + 1]?.brown;
    if (next === brown || gain <= most) return;
    most = gain;
    // Halfway to the next example, where there is one.
    limit = next === undefined ? brown : (brown + next) / 2;
  });
  return limit;
}

const negated = (limit: number | null) => (limit === null ? null : -limit);

/** New classes. Where both limits hold, that of the present class does. */
export function applyLimits(brown: Float32Array, positive: Uint8Array, { positiveFrom, negativeBelow }: ClassLimits) {
  const [from, below] = [positiveFrom ?? Number.POSITIVE_INFINITY, negativeBelow ?? Number.NEGATIVE_INFINITY];
  return positive.map((isPositive, k) => (isPositive === 1 ? (brown[k] > below ? 1 : 0) : brown[k] >= from ? 1 : 0));
}
