import type { Annotation } from '@/lib/contracts/annotation';
import type { ScoringScope, SlideScoring } from '@/lib/contracts/slide-scoring';

/**
 * What is scored as the tumour: the regions of that class, else the cores of a microarray, which have another one. null where
 * there is neither.
 */
export function tumourScope(annotations: readonly Pick<Annotation, 'id' | 'class' | 'core'>[]): ScoringScope | null {
  if (annotations.some((one) => one.class === 'tumour')) return { kind: 'tumour' };
  const ids = annotations.flatMap(({ id, core }) => (core ? [id] : []));
  return ids.length > 0 ? { kind: 'annotations', ids } : null;
}

/** Whether all of the tissue was scored once, so that a part without nuclei has become tissue since. */
export const wasTissueScored = (scorings: readonly Pick<SlideScoring, 'scope' | 'state'>[] | null): boolean =>
  scorings?.some(({ scope, state }) => scope.kind === 'slide' && state === 'done') ?? false;
