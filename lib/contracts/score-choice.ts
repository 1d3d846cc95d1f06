import { DEFAULT_GRADING } from '@/lib/exchange/score-summary';
import { isMembranous, type Marker } from '@/lib/scoring/classify/kinds';
import { MEMBRANE_CUTS, type MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';

/** Range of a nucleus's mean optical density: black has 2.4. */
export const OPTICAL_DENSITY_RANGE = { min: 0, max: 2.4 } as const;
export const HOT_SPOT_MM2_RANGE = { min: 0.001, max: 100 } as const;

/** What is measured of a picture besides its nuclei. */
export const MEASURES = ['nuclei', 'membrane'] as const;
export type Measure = (typeof MEASURES)[number];
export type CutName = `membrane_${keyof MembraneCuts}`;

export type HotSpotSize = { mm2: number } | { nuclei: number };

/** The options of a summary, in a request. */
export type SummaryChoice = {
  intensity_two_plus?: number | undefined;
  intensity_three_plus?: number | undefined;
  hot_spot_mm2?: number | undefined;
  hot_spot_nuclei?: number | undefined;
  marker?: Marker | undefined;
} & MembraneChoice;

/** What is measured, and the cut points of membranes. */
export type MembraneChoice = { measure?: Measure | undefined } & { [name in CutName]?: number | undefined };

export const CUT_NAMES = Object.keys(MEMBRANE_CUTS) as (keyof MembraneCuts)[];
const SHARE_RANGE = { min: 0, max: 1 } as const;
/** The densest DAB that is told apart. */
const DAB_RANGE = { min: 0.01, max: 2.5 } as const;
export const rangeOfCut = (cut: keyof MembraneCuts) =>
  cut === 'complete' || cut === 'partial' ? SHARE_RANGE : DAB_RANGE;

/** The intensity thresholds of a request, with defaults for what it leaves out. */
export const gradingOf = ({ intensity_two_plus: twoPlus, intensity_three_plus: threePlus }: SummaryChoice) => ({
  twoPlus: twoPlus ?? DEFAULT_GRADING.two_plus,
  threePlus: threePlus ?? DEFAULT_GRADING.three_plus,
});

/** null when no hot spot is asked for. */
export function hotSpotSizeOf({ hot_spot_mm2: mm2, hot_spot_nuclei: nuclei }: SummaryChoice): HotSpotSize | null {
  return mm2 !== undefined ? { mm2 } : nuclei !== undefined ? { nuclei } : null;
}

/** The cut points of a request, with defaults for what it leaves out; null where membranes are not measured. */
export function membraneCutsOf(choice: MembraneChoice & { marker?: Marker | null | undefined }): MembraneCuts | null {
  if ((choice.measure ?? (isMembranous(choice.marker) ? 'membrane' : 'nuclei')) === 'nuclei') return null;
  return cutsOf(choice);
}

/** With defaults for what is left out. */
export const cutsOf = (choice: MembraneChoice): MembraneCuts => ({
  weak: choice.membrane_weak ?? MEMBRANE_CUTS.weak,
  moderate: choice.membrane_moderate ?? MEMBRANE_CUTS.moderate,
  strong: choice.membrane_strong ?? MEMBRANE_CUTS.strong,
  complete: choice.membrane_complete ?? MEMBRANE_CUTS.complete,
  partial: choice.membrane_partial ?? MEMBRANE_CUTS.partial,
});

/** What a request says of membranes, and nothing else. */
export function membraneChoiceOf(choice: MembraneChoice): MembraneChoice {
  const stated = [
    ['measure', choice.measure],
    ...CUT_NAMES.map((cut) => [`membrane_${cut}`, choice[`membrane_${cut}`]]),
  ];
  return Object.fromEntries(stated.filter(([, value]) => value !== undefined));
}

/** To JSON. Nothing is left to the default. */
export const writeSummaryChoice = (grading: { twoPlus: number; threePlus: number }, size: HotSpotSize | null) => ({
  intensity_two_plus: grading.twoPlus,
  intensity_three_plus: grading.threePlus,
  ...(size && ('mm2' in size ? { hot_spot_mm2: size.mm2 } : { hot_spot_nuclei: size.nuclei })),
});
