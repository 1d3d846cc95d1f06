import { listenToUndoKeys } from '@/app/_viewer/undo-keys';
import { toolOfKey } from '../_pictures/view-settings';
import type { ResultStore } from '../_result/result-store';
import type { Pane } from './pane';

type Drafting = {
  /** Drops what is being drawn. @returns whether something was */
  drop: () => boolean;
  /** Drops the last corner of what is being drawn. @returns whether something was */
  stepBack: () => boolean;
};

/** Keys on the picture: tools, Escape lays the tool down, Space hides the outlines while it is held. Undo works everywhere. */
export function connectKeys(pane: Pane, store: ResultStore, draft: Drafting): () => void {
  const { actions } = store.getState();
  let isHiding = false;

  function hide(): void {
    if (isHiding || !store.getState().view.outlines.isShown) return;
    isHiding = true;
    actions.changeOutlines({ isShown: false });
  }
  function showAgain(): void {
    if (!isHiding) return;
    isHiding = false;
    actions.changeOutlines({ isShown: true });
  }

  pane.viewer.addHandler('canvas-key', (event) => {
    const original = event.originalEvent as KeyboardEvent;
    const { key, ctrlKey, metaKey, altKey } = original;
    if (ctrlKey || metaKey || altKey) return;
    const tool = store.getState().analysis.may_edit ? toolOfKey(key) : undefined;
    if (key === 'Escape') draft.drop() || actions.setTool('pan');
    else if (key === ' ') hide();
    else if (tool) actions.setTool(store.getState().tool === tool ? 'pan' : tool);
    else return;
    event.preventDefaultAction = true;
    // Space would scroll the page.
    original.preventDefault();
  });
  const onKeyUp = ({ key }: KeyboardEvent) => key === ' ' && showAgain();
  window.addEventListener('keyup', onKeyUp);
  window.addEventListener('blur', showAgain);
  const isTeaching = () => store.getState().tool.startsWith('teach');
  const stopUndo = listenToUndoKeys({
    undo: () => {
      if (draft.stepBack()) return;
      if (isTeaching()) actions.undoTeaching();
      else actions.undo();
    },
    redo: () => (isTeaching() ? actions.redoTeaching() : actions.redo()),
  });
  return () => {
    showAgain();
    stopUndo();
    window.removeEventListener('keyup', onKeyUp);
    window.removeEventListener('blur', showAgain);
  };
}
