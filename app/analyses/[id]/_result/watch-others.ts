import { troubleOf } from '@/app/_loading/trouble';
import { getAnalysis } from '@/lib/client/analyses';
import type { ResultStore } from './result-store';

/** How often the server is asked while the page is visible. It is also asked when the page becomes visible. */
const LOOK_AGAIN_MS = 30_000;
/** Becoming visible and getting the focus within this time count as one event. */
const LEAST_PAUSE_MS = 1000;

/**
 * Watches for new results and for deletion by others. Tabs of this browser tell each other at once; for other people the
 * server is asked.
 *
 * @returns what ends it
 */
export function watchOthers(store: ResultStore): () => void {
  const { id } = store.getState().analysis;
  const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`restain-analysis:${id}`);
  let lookedAt = Date.now();
  let isClosed = false;

  async function look() {
    if (document.visibilityState === 'hidden' || store.getState().update.state === 'saving') return;
    if (Date.now() - lookedAt < LEAST_PAUSE_MS) return;
    lookedAt = Date.now();
    try {
      const found = await getAnalysis(id);
      if (!isClosed) receive(found);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.isDeleted && !isClosed) store.getState().actions.receiveTrouble('analysis', trouble);
    }
  }

  function receive(found: Awaited<ReturnType<typeof getAnalysis>>) {
    const { analysis, theirs, update, actions } = store.getState();
    const known = Math.max(analysis.result?.revision ?? 0, theirs?.analysis.result?.revision ?? 0);
    if (update.state !== 'saving' && found.result && found.result.revision > known) actions.receiveAnalysis(found);
  }

  if (tabs)
    tabs.onmessage = () => {
      lookedAt = 0;
      void look();
    };
  const unsubscribe = store.subscribe(({ analysis, update }, before) => {
    const isSaved = before.update.state === 'saving' && update.state === 'idle';
    if (isSaved && analysis.result?.revision !== before.analysis.result?.revision) tabs?.postMessage('saved');
  });
  const timer = setInterval(look, LOOK_AGAIN_MS);
  window.addEventListener('focus', look);
  document.addEventListener('visibilitychange', look);
  return () => {
    isClosed = true;
    tabs?.close();
    unsubscribe();
    clearInterval(timer);
    window.removeEventListener('focus', look);
    document.removeEventListener('visibilitychange', look);
  };
}
