import 'server-only';
import type { Region, ScoringParameters } from '@/lib/contracts/analysis';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';

/** Parameters as clients say them, in the engine's words. */
export function scoringOptions(parameters: ScoringParameters): ScoringOptions {
  const { size_thresh_upper: upper, marker_thresh: marker, regions = [] } = parameters;
  const ringsOf = (kind: Region['kind']) =>
    regions.filter((region) => region.enabled && region.kind === kind).map(({ rings }) => rings);
  return {
    algorithm: parameters.algorithm,
    probThresh: parameters.prob_thresh,
    sizeThresh: parameters.size_thresh,
    sizeThreshUpper: upper === 'none' ? null : upper,
    markerThresh: marker === 'none' ? null : marker,
    roi: ringsOf('include'),
    exclude: ringsOf('exclude'),
    corrections: parameters.corrections,
  };
}
