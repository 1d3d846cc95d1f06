import type { Annotation } from '@/lib/contracts/annotation';

const ID_BYTES = 9;

/** 72 random bits: two pages never make the same. */
export function createId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

export function createAnnotation(of: Pick<Annotation, 'class' | 'polygons'> & Partial<Annotation>): Annotation {
  return {
    ...{ id: createId(), name: '', shape: 'polygon', is_locked: false, is_hidden: false, origin: 'drawn' },
    ...{ core: null, rating: null, ...of },
  } as Annotation;
}
