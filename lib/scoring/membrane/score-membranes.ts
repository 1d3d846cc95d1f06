import { KINDS, type NucleusKind, TUMOUR } from '@/lib/scoring/classify/kinds';
import { type LabelingIndex, labelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { MembraneCuts, Membranes } from './describe-membranes';

/** Cells by the density of the stained part of their membrane. */
export type MembraneGrades = { readonly weak: number; readonly moderate: number; readonly strong: number };

/** Tumour cells by completeness and density: the numbers add up to their total. */
export type MembraneBins = {
  readonly none: number;
  readonly incomplete: MembraneGrades;
  readonly complete: MembraneGrades;
};

export type MembraneScore = {
  readonly cuts: MembraneCuts;
  readonly bins: MembraneBins;
  /** Tumour nuclei whose kind is not sure (`SURE_TUMOUR`): they are in no number. */
  readonly unsure: number;
  /** Of the tumour cells: positive with a membrane that is stained in part at least. Its percentage is the TPS. */
  readonly tumour: LabelingIndex;
  /** Lymphocytes and `other` cells, among which macrophages are: positive by membrane or cytoplasm. */
  readonly immune: LabelingIndex;
  /** Positive `other` cells among `immune`: macrophages, and what cannot be told from them. */
  readonly otherPositive: number;
  /** Combined positive score: stained tumour and immune cells for 100 tumour cells, 100 at most; null without tumour cells. */
  readonly cps: number | null;
  /** Pattern of HER2, 0 to 3; null without tumour cells. */
  readonly her2: Her2Pattern | null;
};

export type Her2Pattern = 0 | 1 | 2 | 3;

/**
 * Likelihood from which a tumour nucleus counts. Most nuclei that are taken for tumour and are not are less likely, and dilute
 * shares of tumour cells; which tumour nuclei are left out says little of their membranes. Chosen on simulated fields, see the README.
 */
export const SURE_TUMOUR = 0.8;

const IMMUNE: readonly NucleusKind[] = ['lymphocyte', 'other'];
/** Percentage of the tumour cells that a pattern of HER2 has to exceed. @see Wolff et al. 2018, doi:10.1200/JCO.2018.77.8738 */
const HER2_PERCENT = 10;

type Cells = {
  /** 1 = the nucleus counts. */
  readonly counted: Uint8Array;
  /** Entry in `KINDS`. */
  readonly kind: Uint8Array;
  /** Of that kind, 0 to 1. */
  readonly likelihood: Float32Array;
};

/** How strongly a membrane is stained, by the density of its stained part. */
export const gradeOfMembrane = (density: number, { moderate, strong }: MembraneCuts): keyof MembraneGrades =>
  density >= strong ? 'strong' : density >= moderate ? 'moderate' : 'weak';

/** Counts the membranes of the counted tumour cells, as far as they are sure, and of immune cells. */
export function scoreMembranes(
  membranes: Membranes,
  { counted, kind, likelihood }: Cells,
  cuts: MembraneCuts,
): MembraneScore {
  const bins = {
    none: 0,
    incomplete: { weak: 0, moderate: 0, strong: 0 },
    complete: { weak: 0, moderate: 0, strong: 0 },
  };
  const isStained = membranes.completeness.map((share) => (share >= cuts.partial ? 1 : 0));
  const isBrown = membranes.cytoplasm.map((density, k) => (isStained[k] === 1 || density >= cuts.weak ? 1 : 0));
  const sure = counted.slice();
  let unsure = 0;
  for (let k = 0; k < counted.length; k++) {
    if (counted[k] !== 1 || kind[k] !== TUMOUR) continue;
    if (likelihood[k] < SURE_TUMOUR) {
      sure[k] = 0;
      unsure++;
      continue;
    }
    const grade = gradeOfMembrane(membranes.density[k], cuts);
    if (isStained[k] === 0) bins.none++;
    else bins[membranes.completeness[k] >= cuts.complete ? 'complete' : 'incomplete'][grade]++;
  }
  const indexOf = (kinds: readonly NucleusKind[], isPositive: Float32Array) =>
    labelingIndex({
      kept: sure.map((isCounted, k) => (kinds.includes(KINDS[kind[k]]) ? isCounted : 0)),
      positive: Uint8Array.from(isPositive),
    });
  const tumour = indexOf([KINDS[TUMOUR]], isStained);
  const immune = indexOf(IMMUNE, isBrown);
  const others = indexOf(['other'], isBrown);
  return {
    ...{ cuts, bins, unsure, tumour, immune, otherPositive: others.positive },
    cps: tumour.total === 0 ? null : Math.min(100, (100 * (tumour.positive + immune.positive)) / tumour.total),
    her2: her2Pattern(bins),
  };
}

/**
 * The pattern of HER2 by the shares of ASCO/CAP 2018, affirmed in 2023: 3 for complete and strong membranes in more than
 * 10 % of the tumour cells, 2 for complete ones of any density, 1 for any stained ones, else 0.
 *
 * It is arithmetic on what was measured, no HER2 status: that is a pathologist's, on controlled slides.
 *
 * @see Wolff et al. 2018, doi:10.1200/JCO.2018.77.8738; 2023, doi:10.1200/JCO.22.02864
 */
export function her2Pattern({ none, incomplete, complete }: MembraneBins): Her2Pattern | null {
  const sum = ({ weak, moderate, strong }: MembraneGrades) => weak + moderate + strong;
  const total = none + sum(incomplete) + sum(complete);
  if (total === 0) return null;
  const exceeds = (cells: number) => 100 * cells > HER2_PERCENT * total;
  if (exceeds(complete.strong)) return 3;
  if (exceeds(sum(complete))) return 2;
  return exceeds(sum(complete) + sum(incomplete)) ? 1 : 0;
}
