import { KINDS } from './kinds';
import {
  contextFeatures,
  type DescribedColumns,
  type Features,
  type Field,
  gatherGuesses,
  nucleusFeatures,
  surroundingsOf,
} from './nucleus-features';
import prior from './prior.json';
import { type KindModel, likelihoods, scoresOf } from './stages';

/** Fitted to simulated fields, see the card in `prior.json`. */
export const PRIOR: KindModel = prior;

export type NucleusKinds = {
  /** Entry in `KINDS` of each nucleus. */
  readonly kind: Uint8Array;
  /** Likelihood of that kind, 0 to 1. */
  readonly likelihood: Float32Array;
  /** Classes that a user named; null without any. */
  readonly named: NamedClasses | null;
};

export type NamedClasses = {
  readonly names: readonly string[];
  /** Of each nucleus its entry in `names`, or `NOT_NAMED`. */
  readonly entry: Uint8Array;
};

/** What kinds are told by. It depends on the found nuclei alone, and can be kept while somebody teaches. */
export type DescribedNuclei = {
  readonly count: number;
  /** `FEATURES`, then `CONTEXT_FEATURES`. */
  readonly tables: readonly [alone: Features, context: Features];
  /** What the prior makes of them: `KINDS.length` scores a nucleus, see `scoresOf`. */
  readonly scores: Float64Array;
};

/**
 * Describes the nuclei of a picture for the classifier.
 *
 * @param nuclei - of a whole picture, before any gate: each is judged beside the others.
 * @param field - that picture.
 */
export function describeKinds(nuclei: DescribedColumns, field: Field, model: KindModel = PRIOR): DescribedNuclei {
  const around = surroundingsOf(nuclei, field);
  const described = nucleusFeatures(around);
  const first = Float32Array.from(likelihoods([described.features], model.alone));
  const context = contextFeatures(around, described, gatherGuesses(around, first));
  const tables = [described.features, context] as const;
  return { count: nuclei.count, tables, scores: scoresOf(tables, model.context) };
}

/** Says of each nucleus what kind it is, by the prior alone. */
export function classifyNuclei(nuclei: DescribedColumns, field: Field, model: KindModel = PRIOR): NucleusKinds {
  return likeliestKinds(describeKinds(nuclei, field, model));
}

/** Of each nucleus the kind with the highest score of the prior, and its likelihood. */
export function likeliestKinds({ count, scores }: Pick<DescribedNuclei, 'count' | 'scores'>): NucleusKinds {
  const kinds = KINDS.length;
  const kind = new Uint8Array(count);
  const likelihood = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const at = k * kinds;
    let best = 0;
    for (let c = 1; c < kinds; c++) if (scores[at + c] > scores[at + best]) best = c;
    let sum = 0;
    for (let c = 0; c < kinds; c++) sum += Math.exp(scores[at + c] - scores[at + best]);
    kind[k] = best;
    likelihood[k] = 1 / sum;
  }
  return { kind, likelihood, named: null };
}
