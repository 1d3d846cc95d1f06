import { TUMOUR } from '@/lib/scoring/classify/kinds';
import type { GatedNuclei } from '@/lib/scoring/gate/gate-nuclei';
import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import { countMembranes, type MembraneScore } from '@/lib/scoring/membrane/score-membranes';
import { type AllredScore, allredScore } from '@/lib/scoring/scores/allred';
import { gradeOf, hScore, type IntensityBins, type IntensityThresholds } from '@/lib/scoring/scores/h-score';
import { indexOfCounts, type LabelingIndex } from '@/lib/scoring/scores/labeling-index';

/** What a nucleus adds to numbers: 0 = it does not count, 1 = negative, 2 to 4 = positive, 1+ to 3+. */
export type Grades = Uint8Array;

export const [NOT_COUNTED, NEGATIVE, ONE_PLUS] = [0, 1, 2] as const;

export function gradeNuclei(
  { kept, positive }: GatedNuclei,
  odMean: Float32Array,
  thresholds: IntensityThresholds,
): Grades {
  const grades = new Uint8Array(kept.length);
  for (let k = 0; k < kept.length; k++)
    if (kept[k] !== 0) grades[k] = positive[k] === 0 ? NEGATIVE : NEGATIVE + gradeOf(odMean[k], thresholds);
  return grades;
}

export type ZoneNumbers = LabelingIndex & {
  /** The tumour nuclei alone; null where kinds were not told, or the marker gives them no index. */
  readonly tumourNuclei: LabelingIndex | null;
  readonly areaMm2: number;
  /** Counted nuclei per mm²; 0 without an area. */
  readonly perMm2: number;
  readonly bins: IntensityBins;
  readonly hScore: number;
  readonly allred: AllredScore;
  /** null where membranes are not asked for, or were not measured in all cells, or kinds were not told. */
  readonly membrane: MembraneScore | null;
};

/** Nuclei that are counted. */
export type CountedNuclei = {
  readonly grades: Grades;
  /** Entry in `KINDS` of each; null where tumour nuclei are not counted alone. */
  readonly kind: Uint8Array | null;
  /** What each adds to a score of membranes (`gradeMembranes`); null or absent where there is none. */
  readonly membranes?: { readonly adds: Uint8Array; readonly cuts: MembraneCuts } | null;
};

/** The numbers of some nuclei. @param members - places of nuclei, for example from `nucleiInZone`. */
export function numbersOf(
  { grades, kind, membranes = null }: CountedNuclei,
  members: Int32Array,
  areaMm2: number,
): ZoneNumbers {
  const counts = countGrades(grades, members, null);
  const tumour = kind && countGrades(grades, members, kind);
  const bins: IntensityBins = { negative: counts[1], onePlus: counts[2], twoPlus: counts[3], threePlus: counts[4] };
  const index = indexOfGrades(counts);
  return {
    ...index,
    tumourNuclei: tumour && indexOfGrades(tumour),
    areaMm2,
    perMm2: areaMm2 > 0 ? index.total / areaMm2 : 0,
    bins,
    hScore: hScore(bins),
    allred: allredScore(bins),
    membrane: membranes && countMembranes(membranes.adds, members, membranes.cuts),
  };
}

/** How many members have each grade: all, or the tumour nuclei among them. */
function countGrades(grades: Grades, members: Int32Array, kind: Uint8Array | null): number[] {
  const counts = [0, 0, 0, 0, 0];
  for (let m = 0; m < members.length; m++)
    if (kind === null || kind[members[m]] === TUMOUR) counts[grades[members[m]]]++;
  return counts;
}

const indexOfGrades = ([, negative, ...positive]: readonly number[]): LabelingIndex =>
  indexOfCounts(
    positive.reduce((sum, count) => sum + count, 0),
    negative,
  );
