import type { Analysis, Correction, Region, ScoringParameters } from '@/lib/contracts/analysis';
import { readThresholds, writeThresholds } from '@/lib/contracts/thresholds';
import { completeThresholds, type Thresholds } from '@/lib/scoring/thresholds';

/** Everything that the numbers follow from, besides the maps. */
export type Parameters = Thresholds & { regions: readonly Region[]; corrections: readonly Correction[] };

/** The thresholds that the model itself would have chosen. */
export function defaultsOf({ result }: { result?: Analysis['result'] | undefined }): Thresholds {
  if (!result) throw new RangeError('an analysis without a result has no defaults');
  return readThresholds(result.defaults);
}

/** What made the stored result: what was asked for, and the model's own choice where nothing was. */
export function parametersOf({ scoring, result }: Pick<Analysis, 'scoring' | 'result'>): Parameters {
  const { regions = [], corrections = [], ...stated } = scoring;
  return { ...completeThresholds(readThresholds(stated), defaultsOf({ result })), regions, corrections };
}

/** The body of an update: nothing is left to the model, so that the server counts what the preview counts. */
export function toScoringParameters({ regions, corrections, ...thresholds }: Parameters): ScoringParameters {
  return { ...writeThresholds(thresholds), regions: [...regions], corrections: [...corrections] };
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
