/** Optical densities from which a positive nucleus is 2+ and 3+; below the first it is 1+. */
export type IntensityThresholds = { readonly twoPlus: number; readonly threePlus: number };

/**
 * QuPath's thresholds of 0.4 and 0.6 for DAB, converted to the mean of red, green and blue: the vector of DAB (0.27, 0.57,
 * 0.78) has a mean of 0.54, and counterstain of density 0.2 adds 0.11.
 *
 * @see Ruifrok and Johnston 2001 (the vectors); Bankhead et al. 2018, doi:10.1038/labinvest.2017.131 (the thresholds)
 */
export const INTENSITY_THRESHOLDS: IntensityThresholds = { twoPlus: 0.33, threePlus: 0.43 };

/** Numbers of nuclei by intensity. */
export type IntensityBins = {
  readonly negative: number;
  readonly onePlus: number;
  readonly twoPlus: number;
  readonly threePlus: number;
};

/** Grade of a positive nucleus: 1 to 3. */
export const gradeOf = (odMean: number, { twoPlus, threePlus }: IntensityThresholds): 1 | 2 | 3 =>
  odMean >= threePlus ? 3 : odMean >= twoPlus ? 2 : 1;

/**
 * Sorts the counted nuclei into the four intensities.
 *
 * The class is that of the score, with corrections, and only positive nuclei are graded. The bins therefore add up to the
 * numbers of positive and negative nuclei.
 *
 * @param odMean - mean optical density of each nucleus, averaged over red, green and blue.
 * @param counted - 1 = the nucleus counts.
 * @param positive - 1 = the nucleus is positive.
 */
export function binIntensities(
  { odMean, counted, positive }: { odMean: Float32Array; counted: Uint8Array; positive: Uint8Array },
  thresholds: IntensityThresholds,
): IntensityBins {
  const bins = [0, 0, 0, 0];
  for (let k = 0; k < counted.length; k++)
    if (counted[k] !== 0) bins[positive[k] === 0 ? 0 : gradeOf(odMean[k], thresholds)]++;
  const [negative, onePlus, twoPlus, threePlus] = bins;
  return { negative, onePlus, twoPlus, threePlus };
}

/**
 * H-score: the percentage of 1+ nuclei, plus twice that of 2+ and three times that of 3+, to the nearest whole number; 0 to
 * 300, and 0 without nuclei.
 *
 * @see McCarty et al. 1985, Arch Pathol Lab Med 109:716
 */
export function hScore({ negative, onePlus, twoPlus, threePlus }: IntensityBins): number {
  const total = negative + onePlus + twoPlus + threePlus;
  return total === 0 ? 0 : Math.round((100 * (onePlus + 2 * twoPlus + 3 * threePlus)) / total);
}
