import { KINDS } from './kinds';

/** Of the nucleus itself. */
export const OWN = ['size', 'elongation', 'fill', 'density', 'texture', 'brown'] as const;
const SIDES = ['near', 'wide'] as const;

/** See the README. Every table of features has these columns. */
export const FEATURES: readonly string[] = [
  ...OWN,
  'nearest',
  'third_nearest',
  ...SIDES.flatMap((side) => ['cover', 'coherence', 'small_round', 'long', ...OWN].map((name) => `${side}_${name}`)),
];
/** What is measured once kinds were guessed: the likelihood of each, those of the neighbours, and what the nucleus has more than its kind. */
export const CONTEXT_FEATURES: readonly string[] = [
  ...SIDES.flatMap((side) => KINDS.map((kind) => `${side}_${kind}`)),
  ...KINDS.map((kind) => `log_${kind}`),
  ...KINDS.slice(0, 3).flatMap((kind) => OWN.map((name) => `${name}_beyond_${kind}`)),
];

/**
 * Features that say how a nucleus is stained take no part in what is taught: with twenty examples, tumour nuclei that happen
 * to be positive would teach that tumour is brown, and the index would follow.
 */
const STAINING = /density|texture|brown/;
/** The features that taught weights belong to, by their place in both lists together. */
export const TAUGHT_FEATURES: readonly number[] = [...FEATURES, ...CONTEXT_FEATURES].flatMap((name, f) =>
  STAINING.test(name) ? [] : [f],
);
/** What taught weights belong to, a row each. */
export const TAUGHT_COLUMNS: readonly string[] = [
  'constant',
  ...TAUGHT_FEATURES.map((f) => [...FEATURES, ...CONTEXT_FEATURES][f]),
];

/** Identifies the prior and the columns that taught weights are added to: a test compares it with both. */
export const PRIOR_ID = '36e81f6f581ff279';

/** So many examples a class needs before it is learnt. */
export const FEWEST_EXAMPLES = 5;
