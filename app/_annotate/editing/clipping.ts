import type * as Clip from '@/lib/annotations/clip';

type Clipping = typeof Clip;

let given: Clipping | null = null;

/** For a page that loads it with its other script, before anything is drawn. */
export function provideClipping(clip: Clipping): void {
  given = clip;
}

/** Loads what combines polygons, for a page that is shown before. @throws where the script cannot be loaded */
export async function loadClipping(): Promise<void> {
  given ??= await import('@/lib/annotations/clip');
}

/** What combines polygons. Nothing can be drawn or changed before it is there (`isDrawable`). */
export function clipping(): Clipping {
  if (given) return given;
  throw new Error('Polygons are combined before what combines them is loaded.');
}
