import { KINDS, type NucleusKind, TUMOUR } from '@/lib/scoring/classify/kinds';
import { indexOfCounts, type LabelingIndex } from '@/lib/scoring/scores/labeling-index';
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
 * Likelihood, in hundredths, from which a tumour nucleus counts, or that of the likelier half where fewer than half reach it. Most
 * nuclei that are taken for tumour and are not are less likely, and dilute shares of tumour cells; which tumour nuclei are left out
 * says little of their membranes, as long as enough are left. Chosen on simulated fields, see the README.
 */
export const SURE_TUMOUR = 90;

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

/** The likelihood from which tumour nuclei count, in hundredths: that of the whole picture or slide holds in each of its regions. */
function leastSure({ counted, kind, likelihood }: Cells): number {
  const counts = new Uint32Array(HUNDREDTHS + 1);
  let total = 0;
  for (let k = 0; k < counted.length; k++)
    if (counted[k] === 1 && kind[k] === TUMOUR) {
      counts[Math.round(HUNDREDTHS * likelihood[k])]++;
      total++;
    }
  let least = HUNDREDTHS;
  for (let sure = counts[least]; least > 0 && (least > SURE_TUMOUR || 2 * sure < total); sure += counts[least]) least--;
  return least;
}
const HUNDREDTHS = 100;

/** How strongly a membrane is stained, by the density of its stained part. */
export const gradeOfMembrane = (density: number, { moderate, strong }: MembraneCuts): keyof MembraneGrades =>
  density >= strong ? 'strong' : density >= moderate ? 'moderate' : 'weak';

/** What a nucleus adds to a `MembraneScore`: an entry of this list. */
const ADDS = [
  ...['nothing', 'unsure', 'none'],
  ...['incomplete weak', 'incomplete moderate', 'incomplete strong'],
  ...['complete weak', 'complete moderate', 'complete strong'],
  ...['lymphocyte', 'stained lymphocyte', 'other', 'stained other'],
] as const;
const GRADES = ['weak', 'moderate', 'strong'] as const;
const addOf = (name: string): number => ADDS.indexOf(name as never);
const [UNSURE, NONE, INCOMPLETE, COMPLETE] = ['unsure', 'none', 'incomplete weak', 'complete weak'].map(addOf);
/** By the entry of a kind in `KINDS`: what it adds unstained. One that is stained adds the next entry. */
const UNSTAINED = KINDS.map((kind) => (IMMUNE.includes(kind) ? addOf(kind) : 0));

/**
 * What each nucleus adds to a score: 0 where it does not count, or says nothing of membranes.
 *
 * @param membranes - of the first nuclei; those behind add nothing
 */
export function gradeMembranes(
  { completeness, density, cytoplasm }: Membranes,
  cells: Cells,
  cuts: MembraneCuts,
): Uint8Array {
  const { counted, kind, likelihood } = cells;
  const least = leastSure(cells);
  const partial = Math.fround(cuts.partial); // as completeness is stored
  const adds = new Uint8Array(counted.length);
  for (let k = 0; k < completeness.length; k++) {
    if (counted[k] !== 1) continue;
    const isStained = completeness[k] >= partial;
    if (kind[k] !== TUMOUR) {
      const unstained = UNSTAINED[kind[k]];
      const isBrown = isStained || cytoplasm[k] >= cuts.weak;
      adds[k] = unstained !== 0 && isBrown ? unstained + 1 : unstained;
    } else if (Math.round(HUNDREDTHS * likelihood[k]) < least) adds[k] = UNSURE;
    else if (!isStained) adds[k] = NONE;
    else {
      const first = completeness[k] >= cuts.complete ? COMPLETE : INCOMPLETE;
      adds[k] = first + GRADES.indexOf(gradeOfMembrane(density[k], cuts));
    }
  }
  return adds;
}

/** The score of some nuclei. @param members - their places; null: all */
export function countMembranes(adds: Uint8Array, members: Int32Array | null, cuts: MembraneCuts): MembraneScore {
  const counts = new Uint32Array(ADDS.length);
  if (members) for (let m = 0; m < members.length; m++) counts[adds[members[m]]]++;
  else for (let k = 0; k < adds.length; k++) counts[adds[k]]++;
  const of = (name: (typeof ADDS)[number]): number => counts[addOf(name)];
  const gradesOf = (share: 'incomplete' | 'complete'): MembraneGrades => ({
    weak: of(`${share} weak`),
    moderate: of(`${share} moderate`),
    strong: of(`${share} strong`),
  });
  const bins = { none: of('none'), incomplete: gradesOf('incomplete'), complete: gradesOf('complete') };
  const tumour = indexOfCounts(sumOf(bins.incomplete) + sumOf(bins.complete), bins.none);
  const otherPositive = of('stained other');
  const immune = indexOfCounts(of('stained lymphocyte') + otherPositive, of('lymphocyte') + of('other'));
  return {
    ...{ cuts, bins, unsure: of('unsure'), tumour, immune, otherPositive },
    cps: tumour.total === 0 ? null : Math.min(100, (100 * (tumour.positive + immune.positive)) / tumour.total),
    her2: her2Pattern(bins),
  };
}

/** Counts the membranes of the counted tumour cells, as far as they are sure, and of immune cells. */
export const scoreMembranes = (membranes: Membranes, cells: Cells, cuts: MembraneCuts): MembraneScore =>
  countMembranes(gradeMembranes(membranes, cells, cuts), null, cuts);

const sumOf = ({ weak, moderate, strong }: MembraneGrades): number => weak + moderate + strong;

/**
 * The pattern of HER2 by the shares of ASCO/CAP 2018, affirmed in 2023: 3 for complete and strong membranes in more than
 * 10 % of the tumour cells, 2 for complete ones of any density, 1 for any stained ones, else 0.
 *
 * It is arithmetic on what was measured, no HER2 status: that is a pathologist's, on controlled slides.
 *
 * @see Wolff et al. 2018, doi:10.1200/JCO.2018.77.8738; 2023, doi:10.1200/JCO.22.02864
 */
export function her2Pattern({ none, incomplete, complete }: MembraneBins): Her2Pattern | null {
  const total = none + sumOf(incomplete) + sumOf(complete);
  if (total === 0) return null;
  const exceeds = (cells: number) => 100 * cells > HER2_PERCENT * total;
  if (exceeds(complete.strong)) return 3;
  if (exceeds(sumOf(complete))) return 2;
  return exceeds(sumOf(complete) + sumOf(incomplete)) ? 1 : 0;
}
