import { useEffect, useRef, useState } from 'react';
import { SLIDE_KEYS } from '@/app/_annotate/connect-keys';
import { connectStage, type Stage } from '@/app/_annotate/connect-stage';
import type { Draft } from '@/app/_annotate/editing/draft';
import type { Slide, SlideDescription } from '@/lib/contracts/slide';
import type { SlidePane } from '../_viewer/slide-pane';
import { guardLeaving } from './guard-leaving';
import { createSlideAnnotations } from './keep-on-server';

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
  const [{ store, keeper }] = useState(() =>
    createSlideAnnotations({ id, width, height, mayEdit }, (saved) => onSaved.current(saved)),
  );

  useEffect(() => {
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
  }, [keeper]);

  useEffect(() => {
    store.getState().actions.setPane(pane);
    if (!pane) return;
    const connected = connectStage(pane, store, { onDraft: setDraft, keys: SLIDE_KEYS });
    setStage(connected);
    return () => {
      connected.disconnect();
      setStage(null);
    };
  }, [pane, store]);

  return { store, stage, draft };
}
