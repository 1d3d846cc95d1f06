import type { SegmentedNuclei } from '@/lib/scoring/find/segmented-nuclei';
import { pixelAt, type Size } from '@/lib/scoring/gate/pixel-at';
import { applyLimits, type ClassLimits, calibrateClasses, type PositiveExample } from './calibrate-classes';
import { type DescribedNuclei, likeliestKinds, type NucleusKinds } from './classify-nuclei';
import { learnKinds, type NamedClass, type TaughtWeights } from './teach-kinds';

/** What somebody says of the nucleus that covers a point (image pixels, from the corner): its kind or class by name, or whether it is positive. */
export type TeachingClick = { readonly x: number; readonly y: number } & (
  | { readonly name: string; readonly positive?: undefined }
  | { readonly positive: boolean; readonly name?: undefined }
);

/** What was taught, so that it can be applied to other pictures. */
export type TaughtClassifier = {
  /** null: kinds are those of the prior. */
  readonly weights: TaughtWeights | null;
  /** null: positive is what the network says. */
  readonly limits: ClassLimits | null;
  /** Nuclei whose kind, and whose class, somebody stated, on all pictures together. */
  readonly clicks: number;
  readonly classClicks: number;
  /** How many pictures. */
  readonly images: number;
};

export type Teaching = {
  /** That the user named. */
  readonly classes: readonly NamedClass[];
  /** In the order in which they were made. Names are those of kinds, of `classes` or of the classifier's. */
  readonly clicks: readonly TeachingClick[];
  /** What to start from; null = the prior. */
  readonly classifier: TaughtClassifier | null;
};

export const UNTAUGHT: Teaching = { classes: [], clicks: [], classifier: null };

/** What the clicks on a picture's nuclei teach of kinds. It depends on no gate, and can be kept while gates change. */
export type TaughtKinds = {
  readonly kinds: NucleusKinds;
  readonly weights: TaughtWeights | null;
  /** Nuclei whose kind was stated. */
  readonly stated: ReadonlySet<number>;
};

export function teachKinds(
  nuclei: SegmentedNuclei,
  size: Size,
  described: DescribedNuclei,
  teaching: Teaching,
): TaughtKinds {
  const { clicks, classifier } = teaching;
  const examples = clicks.flatMap(({ x, y, name }) => {
    const nucleus = name === undefined ? -1 : nucleusAt(nuclei, size, x, y);
    return nucleus < 0 || name === undefined ? [] : [{ nucleus, name }];
  });
  const from = classifier?.weights ?? null;
  if (examples.length === 0 && from === null)
    return { kinds: likeliestKinds(described), weights: null, stated: new Set() };
  const { taught, kinds } = learnKinds(described, classesOf(teaching), examples, from);
  return { kinds, weights: taught, stated: new Set(examples.map(({ nucleus }) => nucleus)) };
}

/** The classes of the user and of the classifier, each once. */
export function classesOf({ classes, classifier }: Pick<Teaching, 'classes' | 'classifier'>): NamedClass[] {
  const known = classifier?.weights?.classes ?? [];
  return [...known, ...classes.filter(({ name }) => known.every((of) => of.name !== name))];
}

export type TaughtClasses = {
  readonly positive: Uint8Array;
  readonly limits: ClassLimits | null;
  /** Nuclei whose class was stated. */
  readonly stated: ReadonlySet<number>;
};

/**
 * Which nuclei are positive once somebody said so of some: limits of the brown density follow, and what was said holds.
 *
 * @param positive - of the found nuclei, after the gates.
 */
export function teachClasses(
  nuclei: SegmentedNuclei,
  size: Size,
  positive: Uint8Array,
  { clicks, classifier }: Teaching,
): TaughtClasses {
  const { brownMean } = nuclei.columns;
  const examples = clicks.flatMap(({ x, y, positive: isPositive }) => {
    const nucleus = isPositive === undefined ? -1 : nucleusAt(nuclei, size, x, y);
    return nucleus < 0 || nucleus >= positive.length || isPositive === undefined
      ? []
      : [{ nucleus, positive: isPositive }];
  });
  return classesBy(brownMean, positive, examples, classifier);
}

/**
 * The same by examples.
 *
 * @param brown - of each nucleus.
 * @param positive - of each, after the gates.
 */
export function classesBy(
  brown: Float32Array,
  positive: Uint8Array,
  examples: readonly PositiveExample[],
  classifier: TaughtClassifier | null,
): TaughtClasses {
  // Limits of other pictures hold until there are enough examples of this one.
  const limits = calibrateClasses(brown, positive, examples) ?? classifier?.limits ?? null;
  const taught = limits ? applyLimits(brown, positive, limits) : positive.slice();
  for (const { nucleus, positive: isPositive } of examples) taught[nucleus] = isPositive ? 1 : 0;
  return { positive: taught, limits, stated: new Set(examples.map(({ nucleus }) => nucleus)) };
}

/** What was taught here and before, so that it can be kept; null where nothing was. */
export function describeTaught(
  kinds: Pick<TaughtKinds, 'weights' | 'stated'>,
  classes: Pick<TaughtClasses, 'limits' | 'stated'>,
  { classifier }: Teaching,
): TaughtClassifier | null {
  const isTaughtHere = kinds.stated.size + classes.stated.size > 0;
  if (!isTaughtHere && classifier === null) return null;
  return {
    weights: kinds.weights,
    limits: classes.limits,
    clicks: kinds.stated.size + (classifier?.clicks ?? 0),
    classClicks: classes.stated.size + (classifier?.classClicks ?? 0),
    images: (isTaughtHere ? 1 : 0) + (classifier?.images ?? 0),
  };
}

function nucleusAt(nuclei: SegmentedNuclei, size: Size, x: number, y: number): number {
  const pixel = pixelAt(size, x, y);
  return pixel < 0 ? -1 : nuclei.at(pixel);
}
