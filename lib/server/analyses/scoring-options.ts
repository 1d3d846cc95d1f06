import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { readTeaching } from '@/lib/contracts/read-teaching';
import { gradingOf, hotSpotSizeOf, membraneCutsOf } from '@/lib/contracts/score-choice';
import { readThresholds } from '@/lib/contracts/thresholds';
import { splitRegions } from '@/lib/scoring/gate/apply-regions';
import { hotSpotWish } from '@/lib/scoring/scores/score-summary';
import type { ScoringOptions } from '@/lib/server/inference/analyse-image';

/** Parameters as clients say them, in the engine's words. */
export const scoringOptions = ({ regions = [], corrections = [], ...fields }: ScoringParameters): ScoringOptions => ({
  thresholds: readThresholds(fields),
  regions: splitRegions(regions),
  corrections,
  excludeOnEdges: fields.exclude_on_edges ?? false,
  marker: fields.marker ?? null,
  teaching: readTeaching(fields),
  summary: {
    intensity: gradingOf(fields),
    hotSpot: hotSpotWish(hotSpotSizeOf(fields), regions),
    membrane: membraneCutsOf(fields),
  },
});
