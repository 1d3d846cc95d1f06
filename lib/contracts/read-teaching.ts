import { TAUGHT_COLUMNS } from '@/lib/scoring/classify/feature-names';
import type { TaughtClassifier, Teaching } from '@/lib/scoring/classify/teach-picture';
import type { Classifier, TeachingFields } from './classifier';

/** Fields of the parameters of scoring that say what was taught. */
export type Taught = { teaching?: TeachingFields | undefined; classifier?: Classifier | undefined };

/** In the engine's words. */
export const readClassifier = ({ classes: named, weights, limits, ...counts }: Classifier): TaughtClassifier => ({
  weights: weights && { classes: named, rows: TAUGHT_COLUMNS.map((column) => weights[column] ?? []) },
  limits: limits && { positiveFrom: limits.positive_from, negativeBelow: limits.negative_below },
  clicks: counts.clicks,
  classClicks: counts.class_clicks,
  images: counts.images,
});

export const readTeaching = ({ teaching, classifier }: Taught): Teaching => ({
  classes: teaching?.classes ?? [],
  clicks: teaching?.clicks ?? [],
  classifier: classifier ? readClassifier(classifier) : null,
});
