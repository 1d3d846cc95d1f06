import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import type { IntensityBins } from '@/lib/scoring/scores/h-score';
import type { Parameters } from './parameters';

/**
 * Segmentation thresholds whose nuclei are found while nobody waits. Counts change little and evenly with the
 * threshold: on a straight line between two knots they are within 0.5 % of the exact ones (`e2e/bench/live.mjs`).
 */
const KNOTS = [0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 254];

/** Counts the nuclei of a table that pass the gates and lie in the regions, by intensity; corrections are left out. */
export type BinColumns = (columns: NucleusColumns, parameters: Parameters) => IntensityBins;

/** A score that is exact. */
export type ExactBins = { parameters: Parameters; bins: IntensityBins };

/** What is counted at any segmentation threshold, nearly and at once: for one algorithm. */
export function createThresholdCurve(bin: BinColumns) {
  const known = new Map<number, NucleusColumns>();

  /** Fractions of nuclei; null while a knot beside the threshold is not known. */
  function read(parameters: Parameters): IntensityBins | null {
    const { probThresh } = parameters;
    const next = Math.max(
      1,
      KNOTS.findIndex((knot) => knot >= probThresh),
    );
    const [from = 0, to = 0] = KNOTS.slice(next - 1, next + 1);
    const [before, after] = [known.get(from), known.get(to)];
    if (!before || !after) return null;
    const share = (probThresh - from) / (to - from);
    return combine([bin(before, parameters), bin(after, parameters)], ([a, b]) => (1 - share) * a + share * b);
  }

  return {
    add: (threshold: number, columns: NucleusColumns) => void known.set(threshold, columns),

    /** The knot to find next: the nearest to a threshold; null when all are known. */
    nextKnot(probThresh: number): number | null {
      const distance = (knot: number) => Math.abs(knot - probThresh);
      const missing = KNOTS.filter((knot) => !known.has(knot)).sort((a, b) => distance(a) - distance(b));
      return missing[0] ?? null;
    },

    /** The last score, moved as the counts between the knots move: so what was corrected by hand stays in it. */
    estimate(parameters: Parameters, last: ExactBins): IntensityBins | null {
      const [before, after] = [read({ ...last.parameters, intensity: parameters.intensity }), read(parameters)];
      if (!before || !after) return null;
      return combine([last.bins, before, after], ([exact, from, to]) => Math.max(0, Math.round(exact + to - from)));
    },
  };
}

/** Mixes each count of several scores. */
function combine<const Scores extends readonly IntensityBins[]>(
  scores: Scores,
  mix: (values: { [K in keyof Scores]: number }) => number,
): IntensityBins {
  const of = (name: keyof IntensityBins) => mix(scores.map((bins) => bins[name]) as { [K in keyof Scores]: number });
  return {
    negative: of('negative'),
    onePlus: of('onePlus'),
    twoPlus: of('twoPlus'),
    threePlus: of('threePlus'),
  };
}
