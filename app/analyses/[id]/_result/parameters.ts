import type { Analysis, Correction, Region, ScoringParameters } from '@/lib/contracts/analysis';
import type { Algorithm } from '@/lib/scoring/find/nucleus-table';

/** How nuclei are found and gated, as the sliders say it. */
export type Thresholding = {
  algorithm: Algorithm;
  probThresh: number;
  /** Pixels; 'auto' is resolved against the nuclei found. */
  sizeThresh: number | 'auto';
  sizeThreshUpper: number | null;
  markerThresh: number | 'auto' | null;
};

/** Everything that the numbers follow from, besides the maps. */
export type Parameters = Thresholding & { regions: readonly Region[]; corrections: readonly Correction[] };

/** The thresholds that the model itself would have chosen. */
export function defaultsOf({ result }: { result?: Analysis['result'] | undefined }): Thresholding {
  if (!result) throw new RangeError('an analysis without a result has no defaults');
  const { algorithm, prob_thresh, size_thresh, size_thresh_upper: upper, marker_thresh: marker } = result.defaults;
  return {
    algorithm,
    probThresh: prob_thresh,
    sizeThresh: size_thresh,
    sizeThreshUpper: upper === 'none' ? null : upper,
    markerThresh: marker === 'none' ? null : marker,
  };
}

/** What made the stored result: what was asked for, and the model's own choice where nothing was. */
export function parametersOf({ scoring, result }: Pick<Analysis, 'scoring' | 'result'>): Parameters {
  const defaults = defaultsOf({ result });
  const { size_thresh_upper: upper, marker_thresh: marker } = scoring;
  return {
    algorithm: scoring.algorithm ?? defaults.algorithm,
    probThresh: scoring.prob_thresh ?? defaults.probThresh,
    sizeThresh: scoring.size_thresh ?? defaults.sizeThresh,
    sizeThreshUpper: upper === undefined || upper === 'none' ? null : upper,
    markerThresh: marker === undefined ? defaults.markerThresh : marker === 'none' ? null : marker,
    regions: scoring.regions ?? [],
    corrections: scoring.corrections ?? [],
  };
}

/** The body of an update: nothing is left to the model, so that the server counts what the preview counts. */
export function toScoringParameters(parameters: Parameters): ScoringParameters {
  return {
    algorithm: parameters.algorithm,
    prob_thresh: parameters.probThresh,
    size_thresh: parameters.sizeThresh,
    size_thresh_upper: parameters.sizeThreshUpper ?? 'none',
    marker_thresh: parameters.markerThresh ?? 'none',
    regions: [...parameters.regions],
    corrections: [...parameters.corrections],
  };
}

export function areSameParameters(a: Parameters, b: Parameters): boolean {
  return (
    a === b ||
    (a.algorithm === b.algorithm &&
      a.probThresh === b.probThresh &&
      a.sizeThresh === b.sizeThresh &&
      a.sizeThreshUpper === b.sizeThreshUpper &&
      a.markerThresh === b.markerThresh &&
      isSameContent([a.regions, a.corrections], [b.regions, b.corrections]))
  );
}

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
