import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { readThresholds } from '@/lib/contracts/thresholds';
import { splitRegions } from '@/lib/scoring/gate/apply-regions';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';

/** Parameters as clients say them, in the engine's words. */
export const scoringOptions = ({ regions = [], corrections = [], ...fields }: ScoringParameters): ScoringOptions => ({
  thresholds: readThresholds(fields),
  regions: splitRegions(regions),
  corrections,
});
