import type { Analysis, Correction, Region, ScoringParameters } from '@/lib/contracts/analysis';
import { gradingOf, hotSpotSizeOf, writeSummaryChoice } from '@/lib/contracts/scores';
import { readThresholds, writeThresholds } from '@/lib/contracts/thresholds';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { completeThresholds, type Thresholds } from '@/lib/scoring/thresholds';

/** Everything besides the maps that the numbers depend on. */
export type Parameters = Thresholds & {
  /** What H-score and Allred score grade by. */
  intensity: IntensityThresholds;
  /** Asked for by a program, and kept when this page saves; what this page finds becomes a region. */
  hotSpot: HotSpotSize | null;
  regions: readonly Region[];
  corrections: readonly Correction[];
};

/** The thresholds that the model chooses. @throws RangeError for an analysis without a result. */
export function defaultsOf({ result }: { result?: Analysis['result'] | undefined }): Thresholds {
  if (!result) throw new RangeError('an analysis without a result has no defaults');
  return readThresholds(result.defaults);
}

/** The parameters of the stored result: those that were stated, and the model's choice for the others. */
export function parametersOf({ scoring, result }: Pick<Analysis, 'scoring' | 'result'>): Parameters {
  const { regions = [], corrections = [], ...stated } = scoring;
  const thresholds = completeThresholds(readThresholds(stated), defaultsOf({ result }));
  return { ...thresholds, intensity: gradingOf(stated), hotSpot: hotSpotSizeOf(stated), regions, corrections };
}

/** The body of an update. It states everything, so that the server counts what the preview counts. */
export function toScoringParameters(parameters: Parameters): ScoringParameters {
  const { regions, corrections, intensity, hotSpot, ...thresholds } = parameters;
  const summary = writeSummaryChoice(intensity, hotSpot);
  return { ...writeThresholds(thresholds), ...summary, regions: [...regions], corrections: [...corrections] };
}

export const areSameParameters = (a: Parameters, b: Parameters): boolean => isSameContent(a, b);

/** Compares by content: what the server returns has the same fields in another order. */
function isSameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const fields = Object.entries(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every(([name, value]) => isSameContent(value, (b as Record<string, unknown>)[name]))
  );
}
