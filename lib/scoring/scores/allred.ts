import type { IntensityBins } from './h-score';

export type AllredScore = {
  /** 0 to 5: how many nuclei are positive. */
  readonly proportion: number;
  /** 0 to 3: how strongly the positive ones are stained on average. */
  readonly intensity: number;
  /** Their sum: 0, or 2 to 8. */
  readonly total: number;
};

/**
 * Allred score of the counted nuclei.
 *
 * Proportion by the share of positive nuclei: 0 for none, 1 up to 1 %, 2 up to 10 %, 3 up to a third, 4 up to two thirds,
 * 5 above. Intensity: the mean grade of the positive nuclei, rounded, halves up.
 *
 * @see Harvey et al. 1999, doi:10.1200/JCO.1999.17.5.1474
 */
export function allredScore({ negative, onePlus, twoPlus, threePlus }: IntensityBins): AllredScore {
  const positive = onePlus + twoPlus + threePlus;
  if (positive === 0) return { proportion: 0, intensity: 0, total: 0 };
  const total = negative + positive;
  // Comparing whole numbers makes a third of the nuclei exactly a third.
  const proportion =
    100 * positive <= total
      ? 1
      : 10 * positive <= total
        ? 2
        : 3 * positive <= total
          ? 3
          : 3 * positive <= 2 * total
            ? 4
            : 5;
  const intensity = Math.round((onePlus + 2 * twoPlus + 3 * threePlus) / positive);
  return { proportion, intensity, total: proportion + intensity };
}
