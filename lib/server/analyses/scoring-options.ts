import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { gradingOf, hotSpotSizeOf } from '@/lib/contracts/scores';
import { readThresholds } from '@/lib/contracts/thresholds';
import { splitRegions } from '@/lib/scoring/gate/apply-regions';
import { hotSpotWish } from '@/lib/scoring/scores/score-summary';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';

/** Parameters as clients say them, in the engine's words. */
export const scoringOptions = ({ regions = [], corrections = [], ...fields }: ScoringParameters): ScoringOptions => ({
  thresholds: readThresholds(fields),
  regions: splitRegions(regions),
  corrections,
  summary: { intensity: gradingOf(fields), hotSpot: hotSpotWish(hotSpotSizeOf(fields), regions) },
});
