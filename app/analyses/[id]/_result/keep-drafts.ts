import { deleteDraft, saveDraft } from '@/lib/client/analyses';
import { delay, isPassing, pauseAfter } from '@/lib/client/http';
import type { Parameters } from '../_preview/parameters';
import { browserStorage, dropDraft, dropExpired, storeDraft, storeFeedback, toDraft } from './drafts';
import { hasUnsavedChanges, type ResultStore } from './result-store';

/** A change is kept after this pause, so that a moving slider is kept only when it rests. */
const SHELVE_AFTER_MS = 200;
const SEND_AFTER_MS = 1000;

/**
 * Keeps every change, first in this browser, then on the server, until it is saved in the result or taken back. The
 * browser asks before the page is left while a change has not arrived on the server.
 *
 * @returns what ends it
 */
export function keepDrafts(store: ResultStore): () => void {
  const storage = browserStorage();
  dropExpired(storage);
  let shelving: ReturnType<typeof setTimeout> | undefined;
  let sending = new AbortController();
  /** The changes that the server has: null = none; 'some' = those of an earlier visit, or what is being sent or deleted. */
  let sent: Parameters | 'some' | null = hasEarlier(store) ? 'some' : null;

  let underway: Promise<unknown> = Promise.resolve();
  /** Whether this browser has what the page shows. */
  let isShelved = true;

  const changes = () => (hasUnsavedChanges(store.getState()) ? store.getState().parameters : null);
  // Of changes taken back the copy in the browser is enough; some browsers keep none.
  const isUnsent = () => changes() !== sent && (changes() !== null || !isShelved);

  function shelve() {
    clearTimeout(shelving);
    shelving = undefined;
    const { analysis, parameters, feedback } = store.getState();
    storeFeedback(storage, analysis, feedback);
    // While the server has changes that were taken back, this copy says so to whoever reloads the page.
    isShelved = (changes() || sent) !== null && storeDraft(storage, analysis, toDraft(baseOf(store), parameters));
    if (!changes() && !sent) dropDraft(storage, analysis.id);
  }

  async function send() {
    sending.abort();
    sending = new AbortController();
    const { signal } = sending;
    try {
      await delay(SEND_AFTER_MS, signal);
      await underway.catch(() => undefined);
      signal.throwIfAborted();
      for (let failures = 1; changes() !== sent; failures++) {
        const [{ id }, wanted] = [store.getState().analysis, changes()];
        sent = 'some';
        try {
          // A later change does not abort this request, since then nobody knows whether it has arrived.
          underway = wanted ? saveDraft(id, toDraft(baseOf(store), wanted)) : deleteDraft(id);
          await underway;
          sent = wanted;
          signal.throwIfAborted();
          if (!changes()) shelve();
        } catch (error) {
          signal.throwIfAborted();
          // A refusal is final. The browser has its copy, and asks before the page is left.
          if (!isPassing(error)) return;
          await delay(pauseAfter(error, failures), signal);
        }
      }
    } catch {
      // A newer change is sent instead, or the page is left.
    }
  }

  /** After a save the server has dropped its draft. One that was still being sent is deleted. */
  async function forget() {
    sending.abort();
    const { id } = store.getState().analysis;
    await underway.catch(() => undefined);
    if (!changes()) await deleteDraft(id).catch(() => undefined);
  }

  if (changes() !== sent) void send();
  const unsubscribe = store.subscribe((state, before) => {
    if (state.analysis.result?.revision !== before.analysis.result?.revision) {
      sent = null;
      shelve();
      if (changes()) void send();
      else void forget();
      return;
    }
    if (state.feedback !== before.feedback) shelving ??= setTimeout(shelve, SHELVE_AFTER_MS);
    if (state.parameters === before.parameters) return;
    shelving ??= setTimeout(shelve, SHELVE_AFTER_MS);
    void send();
  });

  const onLeave = (event: BeforeUnloadEvent) => {
    if (shelving) shelve();
    if (isUnsent() || store.getState().feedback || store.getState().update.state === 'saving') event.preventDefault();
  };
  const onHide = () => shelving && shelve();
  window.addEventListener('beforeunload', onLeave);
  window.addEventListener('pagehide', onHide);
  document.addEventListener('visibilitychange', onHide);
  return () => {
    if (shelving) shelve();
    sending.abort();
    unsubscribe();
    window.removeEventListener('beforeunload', onLeave);
    window.removeEventListener('pagehide', onHide);
    document.removeEventListener('visibilitychange', onHide);
  };
}

/** Whether the server has changes that are not only offered: those that are shown, or that were taken back before it knew. */
function hasEarlier(store: ResultStore): boolean {
  const { analysis, draft } = store.getState();
  return analysis.draft !== null && draft?.isCurrent !== false;
}

const baseOf = (store: ResultStore): number => store.getState().analysis.result?.revision ?? 1;
