import type { Analysis, Correction, Region, ScoringParameters } from '@/lib/contracts/analysis';
import type { Classifier, TeachingFields } from '@/lib/contracts/classifier';
import {
  gradingOf,
  hotSpotSizeOf,
  type MembraneChoice,
  membraneChoiceOf,
  writeSummaryChoice,
} from '@/lib/contracts/score-choice';
import { readThresholds, writeThresholds } from '@/lib/contracts/thresholds';
import type { Marker } from '@/lib/scoring/classify/kinds';
import type { IntensityThresholds } from '@/lib/scoring/scores/h-score';
import type { HotSpotSize } from '@/lib/scoring/scores/score-summary';
import { completeThresholds, type Thresholds } from '@/lib/scoring/thresholds';

/** Everything besides the maps that the numbers depend on. */
export type Parameters = Thresholds & {
  /** What H-score and Allred score grade by. */
  intensity: IntensityThresholds;
  /** Asked for by a program, and kept when this page saves; what this page finds becomes a region. */
  hotSpot: HotSpotSize | null;
  /** What the slide is stained for; null where nobody named it. */
  marker: Marker | null;
  /** What was asked of membranes; by default they are measured where the marker says so. */
  membrane: MembraneChoice;
  regions: readonly Region[];
  /** Leaves out nuclei that touch the edge of the picture. */
  excludeOnEdges: boolean;
  corrections: readonly Correction[];
  /** What is taught by clicks on this image. */
  teaching: TeachingFields;
  /** What the teaching starts from; null = the prior. */
  classifier: Classifier | null;
};

const NOTHING_TAUGHT: TeachingFields = { classes: [], clicks: [] };

/** The thresholds that the model chooses. @throws RangeError for an analysis without a result. */
export function defaultsOf({ result }: { result?: Analysis['result'] | undefined }): Thresholds {
  if (!result) throw new RangeError('an analysis without a result has no defaults');
  return readThresholds(result.defaults);
}

/** The parameters of the stored result: those that were stated, and the model's choice for the others. */
export function parametersOf({ scoring, result }: Pick<Analysis, 'scoring' | 'result'>): Parameters {
  const { regions = [], corrections = [], teaching = NOTHING_TAUGHT, classifier = null, ...stated } = scoring;
  const thresholds = completeThresholds(readThresholds(stated), defaultsOf({ result }));
  return {
    ...thresholds,
    intensity: gradingOf(stated),
    hotSpot: hotSpotSizeOf(stated),
    marker: stated.marker ?? null,
    membrane: membraneChoiceOf(stated),
    regions,
    excludeOnEdges: stated.exclude_on_edges ?? false,
    corrections,
    teaching,
    classifier,
  };
}

/** The body of an update. It states everything, so that the server counts what the preview counts. */
export function toScoringParameters(parameters: Parameters): ScoringParameters {
  const {
    regions,
    corrections,
    excludeOnEdges,
    intensity,
    hotSpot,
    marker,
    membrane,
    teaching,
    classifier,
    ...others
  } = parameters;
  const summary = writeSummaryChoice(intensity, hotSpot);
  return {
    ...writeThresholds(others),
    ...summary,
    exclude_on_edges: excludeOnEdges,
    ...(marker && { marker }),
    ...membrane,
    ...(teaching.classes.length + teaching.clicks.length > 0 && { teaching }),
    ...(classifier && { classifier }),
    regions: [...regions],
    corrections: [...corrections],
  };
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
