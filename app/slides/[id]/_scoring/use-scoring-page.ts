import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { AnnotationStore } from '@/app/_annotate/annotation-store';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import { guardLeaving } from '../_annotate/guard-leaving';
import type { SlidePane } from '../_viewer/slide-pane';
import { connectView } from './connect-view';
import { createScoringStore, micronsOf } from './scoring-store';

type Page = { slide: Slide; description: SlideDescription; pane: SlidePane | null; annotations: AnnotationStore };

/** The scoring of a slide for as long as its page is open: followed, counted, drawn over the view. */
export function useScoringPage({ slide, description, pane, annotations }: Page) {
  const { id, may_edit: mayEdit } = slide;
  const { width, height, microns_per_pixel: stated } = description;
  const [store, setStore] = useState(() => createScoringStore({ id, width, height, mayEdit, stated }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: a store that has ended is replaced; a slide never changes.
  useEffect(() => {
    let begun = store;
    if (store.isEnded()) {
      begun = createScoringStore({ id, width, height, mayEdit, stated });
      setStore(begun);
    }
    const { actions } = begun.getState();
    actions.annotate(annotations.getState().annotations);
    const unsubscribe = annotations.subscribe((state, before) => {
      if (state.annotations !== before.annotations) actions.annotate(state.annotations);
    });
    actions.begin();
    const onShow = () => document.visibilityState === 'visible' && actions.refresh();
    const unguard = guardLeaving(begun.isUnsaved);
    window.addEventListener('focus', onShow);
    document.addEventListener('visibilitychange', onShow);
    return () => {
      unsubscribe();
      window.removeEventListener('focus', onShow);
      document.removeEventListener('visibilitychange', onShow);
      unguard();
      begun.end();
    };
  }, [annotations]);

  useEffect(() => {
    if (pane) return connectView(pane, store, annotations);
  }, [pane, store, annotations]);

  // Said by the file, or by a person before the first scoring.
  return { store, micronsPerPixel: useStore(store, micronsOf) };
}
