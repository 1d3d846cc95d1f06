import { roundToTenth } from '@/lib/imaging/rounding';
import type { GatedNuclei } from '@/lib/scoring/gate/gate-nuclei';

export type LabelingIndex = {
  readonly total: number;
  readonly positive: number;
  readonly negative: number;
  /** 100 * positive / total to one decimal; 0 when there are no nuclei. */
  readonly percentPositive: number;
  /** 95 % Wilson score interval of the share, in %; 0 to 100 when there are no nuclei. */
  readonly interval: readonly [lower: number, upper: number];
};

/** 97.5 % quantile of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/** Counts the kept nuclei by class. */
export function labelingIndex(gated: GatedNuclei): LabelingIndex {
  let total = 0;
  let positive = 0;
  for (let k = 0; k < gated.kept.length; k++) {
    if (gated.kept[k] === 0) continue;
    total++;
    positive += gated.positive[k];
  }
  return indexOfCounts(positive, total - positive);
}

export function indexOfCounts(positive: number, negative: number): LabelingIndex {
  const total = positive + negative;
  return {
    total,
    positive,
    negative,
    percentPositive: total === 0 ? 0 : roundToTenth((100 * positive) / total),
    interval: wilsonInterval(positive, total),
  };
}

/** @see Wilson 1927, doi:10.1080/01621459.1927.10502953 */
export function wilsonInterval(successes: number, trials: number): readonly [lower: number, upper: number] {
  if (trials === 0) return [0, 100];
  const share = successes / trials;
  const spread = (Z_95 * Z_95) / trials;
  const centre = (share + spread / 2) / (1 + spread);
  const half = Math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread);
  return [100 * Math.max(0, centre - half), 100 * Math.min(1, centre + half)];
}
