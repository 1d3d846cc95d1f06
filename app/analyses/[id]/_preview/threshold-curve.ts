import type { NucleusColumns } from '@/lib/scoring/find/nucleus-table';
import type { IntensityBins } from '@/lib/scoring/scores/h-score';
import type { Parameters } from './parameters';

/**
 * Segmentation thresholds whose nuclei are found ahead, while the worker is idle. Between two of them counts are
 * interpolated linearly, which is within 0.5 % of the exact counts (`e2e/bench/live.mjs`).
 */
const KNOTS = [0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 254];

/** Counts the nuclei that pass the gates and lie in the regions, by intensity. Corrections are not applied. */
export type BinColumns = (columns: NucleusColumns, parameters: Parameters) => IntensityBins;

/** Exact counts, and the parameters that they belong to. */
export type ExactBins = { parameters: Parameters; bins: IntensityBins };

/** Estimates the counts at any segmentation threshold, for one algorithm. */
export function createThresholdCurve(bin: BinColumns) {
  const known = new Map<number, NucleusColumns>();

  /** Interpolated counts, with fractions; null while a knot next to the threshold is missing. */
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

    /** The missing knot nearest to a threshold; null when there is none. */
    nextKnot(probThresh: number): number | null {
      const distance = (knot: number) => Math.abs(knot - probThresh);
      const missing = KNOTS.filter((knot) => !known.has(knot)).sort((a, b) => distance(a) - distance(b));
      return missing[0] ?? null;
    },

    /** The last exact counts plus the interpolated change since. Corrections by hand are thereby included. */
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
