import { type AnnotationStore, createAnnotationStore, showAnnotations } from '@/app/_annotate/annotation-store';
import { provideClipping } from '@/app/_annotate/editing/clipping';
import * as clip from '@/lib/annotations/clip';
import { openRings } from '@/lib/annotations/points';
import { getAnnotations, saveAnnotations } from '@/lib/client/annotations';
import type { SavedAnnotations } from '@/lib/contracts/annotation';
import { keepAnnotations } from './editing/keep-annotations';

// The page's protocols combine polygons from the start.
provideClipping(clip);

type SlideOf = Parameters<typeof createAnnotationStore>[0];

/** The annotations of a slide, which are kept on the server. */
export function createSlideAnnotations(
  of: SlideOf,
  onSaved: (saved: SavedAnnotations) => void,
): { store: AnnotationStore; keeper: ReturnType<typeof keepAnnotations> } {
  const { id } = of;
  const keepers: ReturnType<typeof keepAnnotations>[] = [];
  const store = createAnnotationStore(of, (made) => {
    const keeper = keepAnnotations({
      read: (signal) => getAnnotations(id, { signal }),
      save: (base, annotations) => saveAnnotations(id, { base_revision: base, annotations: [...annotations] }),
      current: () => made.getState().annotations,
      show(annotations, how) {
        const opened = annotations.map((one) => ({ ...one, polygons: openRings(one.polygons) }));
        showAnnotations(made, opened, how);
      },
      onChange: (saving) => made.setState({ saving }),
      onSaved,
    });
    keepers.push(keeper);
    return keeper;
  });
  return { store, keeper: keepers[0] as ReturnType<typeof keepAnnotations> };
}
