import { t } from '@/app/_text/t';
import { createId } from '@/lib/annotations/create-annotation';
import { type Annotation, MAX_ANNOTATION_NAME } from '@/lib/contracts/annotation';

type All = readonly Annotation[];

/** Tells mine from theirs. */
const nameMine = (name: string) => t('{name} (this page)', { name });

/** Whether two annotations say the same. */
export function isSame(a: Annotation | undefined, b: Annotation | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const { polygons: pa, ...ra } = a;
  const { polygons: pb, ...rb } = b;
  const fields = (rest: object) => JSON.stringify(Object.entries(rest).sort(([x], [y]) => (x < y ? -1 : 1)));
  return fields(ra) === fields(rb) && (pa === pb || JSON.stringify(pa) === JSON.stringify(pb));
}

/** Whether two lists say the same, in the same order. */
export const areSame = (a: All, b: All): boolean => a.length === b.length && a.every((one, i) => isSame(one, b[i]));

/**
 * Puts together what this page and somebody else have made of the same annotations, so that nothing that was drawn is lost.
 * What only one has changed is as that one left it. What both have changed is there twice. What one has deleted and the other
 * changed stays.
 */
export function mergeChanges({ base, mine, theirs }: { base: All; mine: All; theirs: All }): Annotation[] {
  const byId = (all: All) => new Map(all.map((annotation) => [annotation.id, annotation]));
  const [was, own, other] = [byId(base), byId(mine), byId(theirs)];
  const merged = theirs.flatMap((annotation): Annotation[] => {
    const { id } = annotation;
    const [before, here] = [was.get(id), own.get(id)];
    const isTheirs = !isSame(before, annotation);
    if (!here) return before && !isTheirs ? [] : [annotation];
    if (isSame(here, before) || isSame(here, annotation)) return [annotation];
    if (!isTheirs) return [here];
    return [
      annotation,
      { ...here, id: createId(), name: nameMine(here.name.slice(0, MAX_ANNOTATION_NAME - nameMine('').length)) },
    ];
  });
  const added = mine.filter((annotation) => {
    if (other.has(annotation.id)) return false;
    return !isSame(was.get(annotation.id), annotation);
  });
  return [...merged, ...added];
}
