import type { Analysis } from '@/lib/contracts/analysis';
import { type MembraneLead, membraneLead } from '@/lib/contracts/membrane-lead';
import { stateMembranes } from '@/lib/exchange/score-summary';
import type { Marker } from '@/lib/scoring/classify/kinds';
import type { IntensityBins } from '@/lib/scoring/scores/h-score';
import { indexOfCounts, type LabelingIndex } from '@/lib/scoring/scores/labeling-index';
import type { LiveScore, LiveSketch } from '../_preview/live-protocol';
import type { Headline } from './headline';

/** What numbers come from: those that follow the sliders where there are any, else the stored result. */
type Shown = { live: LiveScore | null; sketch: LiveSketch | null; analysis: Analysis };

/** The count of the tumour nuclei, beside that of all; null where the marker gives it no meaning, or an estimate has none. */
export function tumourNumbersOf({ live, sketch, analysis }: Shown): LabelingIndex | null {
  if (sketch?.bins) return null;
  if (live) return live.numbers.tumour;
  const tumour = analysis.result?.scoring.tumour;
  return tumour ? indexOfCounts(tumour.num_pos, tumour.num_neg) : null;
}

/** What comes before nuclei where membranes were measured; null elsewhere. During a sketch it is the last exact one. */
export function membraneLeadOf({
  live,
  analysis,
  marker,
}: Pick<Shown, 'live' | 'analysis'> & { marker: Marker | null }): MembraneLead | null {
  const { membrane } = live ? live.numbers.summary : { membrane: undefined };
  const measured = live ? membrane && stateMembranes(membrane) : analysis.result?.membrane;
  return measured ? membraneLead(measured, marker) : null;
}

/** What leads the nuclei. While there is a sketch the tumour's numbers are the last exact ones: a sketch estimates all nuclei alone. */
export function headlineOf(state: Shown & { headline: Headline }) {
  const tumour = state.headline === 'tumour' ? tumourNumbersOf({ ...state, sketch: null }) : null;
  return tumour ? { ...tumour, isEstimate: false, isTumour: true } : { ...numbersOf(state), isTumour: false };
}

/** The numbers to show: estimated ones while there is a sketch, then live ones; the server's until the pictures are loaded. */
export function numbersOf({ live, sketch, analysis }: Shown) {
  if (sketch?.bins) return { ...indexOfBins(sketch.bins), isEstimate: true };
  if (live) return { ...live.numbers, isEstimate: false };
  const { scoring, percent_pos_interval: interval } = analysis.result as NonNullable<Analysis['result']>;
  return {
    total: scoring.num_total,
    positive: scoring.num_pos,
    negative: scoring.num_neg,
    percentPositive: scoring.percent_pos,
    interval,
    isEstimate: false,
  };
}

const indexOfBins = ({ negative, onePlus, twoPlus, threePlus }: IntensityBins): LabelingIndex =>
  indexOfCounts(onePlus + twoPlus + threePlus, negative);
