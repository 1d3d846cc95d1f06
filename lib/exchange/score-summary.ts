import type { MembraneCuts } from '@/lib/scoring/membrane/describe-membranes';
import type { Her2Pattern, MembraneGrades, MembraneScore } from '@/lib/scoring/membrane/score-membranes';
import { allredScore } from '@/lib/scoring/scores/allred';
import { hScore, INTENSITY_THRESHOLDS, type IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { HotSpot } from '@/lib/scoring/scores/hot-spot';
import { indexOfCounts } from '@/lib/scoring/scores/labeling-index';
import type { ScoreSummary } from '@/lib/scoring/scores/score-summary';
import { type PictureFrame, toFrame } from './coordinate-frame';

/** Intensity thresholds with the field names of the files. */
export type StatedThresholds = { two_plus: number; three_plus: number };

const stateThresholds = ({ twoPlus, threePlus }: IntensityThresholds): StatedThresholds => ({
  two_plus: twoPlus,
  three_plus: threePlus,
});

/** The default intensity thresholds. */
export const DEFAULT_GRADING = stateThresholds(INTENSITY_THRESHOLDS);

export type StatedHotSpot = {
  /** x0, y0, x1, y1 in the frame's coordinates. */
  bbox: [number, number, number, number];
  area_mm2: number;
  num_total: number;
  num_pos: number;
  num_neg: number;
  percent_pos: number;
  percent_pos_interval: [number, number];
};

export type StatedSummary = {
  area_mm2: number;
  cells_per_mm2: number;
  h_score: number;
  allred: { proportion: number; intensity: number; total: number };
  intensity: {
    thresholds: StatedThresholds;
    bins: { negative: number; one_plus: number; two_plus: number; three_plus: number };
  };
  hot_spot?: StatedHotSpot | null | undefined;
  membrane?: StatedMembranes | undefined;
};

/** Counts of cells, not of nuclei: the tumour cells are those of the tumour nuclei that count. */
export type StatedMembranes = {
  cuts: { -readonly [name in keyof MembraneCuts]: number };
  /** `num_unsure`: nuclei whose kind is not sure enough, which are in no number. */
  tumour: { num_total: number; num_unsure: number; none: number; incomplete: MembraneGrades; complete: MembraneGrades };
  tps: number;
  tps_interval: [number, number];
  /** `num_pos_other` of `num_pos` are of the kind `other`. */
  immune: { num_total: number; num_pos: number; num_pos_other: number };
  cps: number | null;
  her2_pattern: Her2Pattern | null;
};

export const areaInMm2 = (areaPx: number, micronsPerPixel: number): number => (areaPx * micronsPerPixel ** 2) / 1e6;

/** 0 for an empty area. */
export function densityPerMm2(total: number, areaPx: number, micronsPerPixel: number): number {
  const area = areaInMm2(areaPx, micronsPerPixel);
  return area === 0 ? 0 : total / area;
}

/** To one decimal, as in the API. */
export const roundInterval = ([low, high]: readonly [number, number]): [number, number] => [tenth(low), tenth(high)];

const tenth = (percent: number) => Math.round(percent * 10) / 10;

/** A summary with the field names of the API and of `scoring.json`. */
export function stateSummary(
  { areaPx, intensity, bins, hotSpot, membrane }: ScoreSummary,
  { frame, micronsPerPixel }: { frame: PictureFrame /** Of the picture. */; micronsPerPixel: number },
): StatedSummary {
  const { negative, onePlus, twoPlus, threePlus } = bins;
  const total = negative + onePlus + twoPlus + threePlus;
  return {
    area_mm2: areaInMm2(areaPx, micronsPerPixel),
    cells_per_mm2: densityPerMm2(total, areaPx, micronsPerPixel),
    h_score: hScore(bins),
    allred: { ...allredScore(bins) },
    intensity: {
      thresholds: stateThresholds(intensity),
      bins: { negative, one_plus: onePlus, two_plus: twoPlus, three_plus: threePlus },
    },
    ...(membrane && { membrane: stateMembranes(membrane) }),
    ...(hotSpot !== undefined && { hot_spot: hotSpot && stateHotSpot(hotSpot, frame, micronsPerPixel) }),
  };
}

export const stateMembranes = ({
  cuts,
  bins,
  unsure,
  tumour,
  immune,
  otherPositive,
  cps,
  her2,
}: MembraneScore): StatedMembranes => ({
  cuts: { ...cuts },
  tumour: {
    num_total: tumour.total,
    num_unsure: unsure,
    none: bins.none,
    incomplete: { ...bins.incomplete },
    complete: { ...bins.complete },
  },
  tps: tumour.percentPositive,
  tps_interval: roundInterval(tumour.interval),
  immune: { num_total: immune.total, num_pos: immune.positive, num_pos_other: otherPositive },
  cps: cps === null ? null : tenth(cps),
  her2_pattern: her2,
});

function stateHotSpot(spot: HotSpot, frame: PictureFrame, micronsPerPixel: number): StatedHotSpot {
  const { x0, y0, x1, y1 } = spot;
  const { total, positive, negative, percentPositive, interval } = indexOfCounts(
    spot.positive,
    spot.total - spot.positive,
  );
  return {
    bbox: [...toFrame(frame, x0, y0), ...toFrame(frame, x1, y1)],
    area_mm2: areaInMm2((x1 - x0) * (y1 - y0), micronsPerPixel),
    num_total: total,
    num_pos: positive,
    num_neg: negative,
    percent_pos: percentPositive,
    percent_pos_interval: roundInterval(interval),
  };
}

/** How kinds were told, as answers and files state it. */
export const madeBy = (taught: { readonly clicks: number } | null): string =>
  taught === null || taught.clicks === 0
    ? 'prior'
    : `taught with ${taught.clicks} ${taught.clicks === 1 ? 'click' : 'clicks'}`;

/** The same for the pages. @param by - from `madeBy` */
export const kindsSentence = (by: string): string =>
  by === 'prior'
    ? 'Kinds are told by form, staining and neighbours, learnt from simulated fields.'
    : `Kinds are ${by}, on top of what was learnt from simulated fields.`;
