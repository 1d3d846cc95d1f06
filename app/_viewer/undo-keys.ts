/** What Ctrl+Z and Ctrl+Y (or Ctrl+Shift+Z) mean on a page. */
export type UndoKeys = { undo: () => void; redo: () => void };

/** Undo works wherever the focus is, but for a field, which has its own. @returns ends it */
export function listenToUndoKeys({ undo, redo }: UndoKeys): () => void {
  const onKey = (event: KeyboardEvent) => {
    const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event;
    if (!(ctrlKey || metaKey) || altKey) return;
    const isField =
      target instanceof HTMLElement &&
      target.closest('input:not([type=checkbox],[type=radio],[type=range]),textarea,select,[role=dialog]');
    const letter = key.toLowerCase();
    if (isField || (letter !== 'z' && letter !== 'y')) return;
    event.preventDefault();
    if (letter === 'y' || shiftKey) redo();
    else undo();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}
