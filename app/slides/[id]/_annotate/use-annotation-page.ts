import { useEffect, useRef, useState } from 'react';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import type { SlidePane } from '../_viewer/slide-pane';
import { createAnnotationStore } from './annotation-store';
import { connectStage, type Stage } from './connect-stage';
import type { Draft } from './editing/draft';
import { guardLeaving } from './guard-leaving';

const MINUTE_MS = 60_000;

type Page = { slide: Slide; description: SlideDescription; pane: SlidePane | null; onChange: () => void };

/** The annotations of a slide for as long as its page is open: read, drawn over the view, saved. */
export function useAnnotationPage({ slide, description, pane, onChange }: Page) {
  const { id, may_edit: mayEdit, expires_at: expires } = slide;
  const { width, height } = description;
  const [stage, setStage] = useState<Stage | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  /** A change keeps the slide for longer, which the rail tells. */
  const onSaved = useRef((_: { expires_at: string }) => {});
  onSaved.current = ({ expires_at: later }) => {
    if (Date.parse(later) - Date.parse(expires) > MINUTE_MS) onChange();
  };
  const [store] = useState(() =>
    createAnnotationStore({ id, width, height, mayEdit }, (saved) => onSaved.current(saved)),
  );

  useEffect(() => {
    const { keeper } = store;
    keeper.begin();
    const unguard = guardLeaving(keeper.isUnsaved);
    const onShow = () => {
      if (document.visibilityState === 'visible') void keeper.refresh();
      else keeper.flush();
    };
    window.addEventListener('focus', onShow);
    document.addEventListener('visibilitychange', onShow);
    return () => {
      unguard();
      window.removeEventListener('focus', onShow);
      document.removeEventListener('visibilitychange', onShow);
      keeper.end();
    };
  }, [store]);

  useEffect(() => {
    store.getState().actions.setPane(pane);
    if (!pane) return;
    const connected = connectStage(pane, store, setDraft);
    setStage(connected);
    return () => {
      connected.disconnect();
      setStage(null);
    };
  }, [pane, store]);

  return { store, stage, draft };
}
