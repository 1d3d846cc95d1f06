import type { Analysis, Correction, Region, ScoringParameters } from '@/lib/contracts/analysis';
import { gradingOf, hotSpotSizeOf, writeSummaryChoice } from '@/lib/contracts/scores';
import { readThresholds, writeThresholds } from '@/lib/contracts/thresholds';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { completeThresholds, type Thresholds } from '@/lib/scoring/thresholds';

/** Everything that the numbers follow from, besides the maps. */
export type Parameters = Thresholds & {
  /** What H-score and Allred score grade by. */
  intensity: IntensityThresholds;
  /** Asked for by a program, and kept when this page saves; what this page finds becomes a region. */
  hotSpot: HotSpotSize | null;
  regions: readonly Region[];
  corrections: readonly Correction[];
};

/** The thresholds that the model itself would have chosen. */
export function defaultsOf({ result }: { result?: Analysis['result'] | undefined }): Thresholds {
  if (!result) throw new RangeError('an analysis without a result has no defaults');
  return readThresholds(result.defaults);
}

/** What made the stored result: what was asked for, and the model's own choice where nothing was. */
export function parametersOf({ scoring, result }: Pick<Analysis, 'scoring' | 'result'>): Parameters {
  const { regions = [], corrections = [], ...stated } = scoring;
  const thresholds = completeThresholds(readThresholds(stated), defaultsOf({ result }));
  return { ...thresholds, intensity: gradingOf(stated), hotSpot: hotSpotSizeOf(stated), regions, corrections };
}

/** The body of an update: nothing is left to the model, so that the server counts what the preview counts. */
export function toScoringParameters(parameters: Parameters): ScoringParameters {
  const { regions, corrections, intensity, hotSpot, ...thresholds } = parameters;
  const summary = writeSummaryChoice(intensity, hotSpot);
  return { ...writeThresholds(thresholds), ...summary, regions: [...regions], corrections: [...corrections] };
}

export const areSameParameters = (a: Parameters, b: Parameters): boolean => isSameContent(a, b);

/** Compares what was drawn with what the server gave back, which has the same fields in another order. */
function isSameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const fields = Object.entries(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every(([name, value]) => isSameContent(value, (b as Record<string, unknown>)[name]))
  );
}
