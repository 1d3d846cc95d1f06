import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';

/** Parameters as clients say them, in the engine's words. */
export function scoringOptions(parameters: ScoringParameters): ScoringOptions {
  const { size_thresh_upper: upper, marker_thresh: marker } = parameters;
  return {
    algorithm: parameters.algorithm,
    probThresh: parameters.prob_thresh,
    sizeThresh: parameters.size_thresh,
    sizeThreshUpper: upper === 'none' ? null : upper,
    markerThresh: marker === 'none' ? null : marker,
  };
}
