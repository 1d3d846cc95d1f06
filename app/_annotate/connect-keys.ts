import type { EditedPane } from '@/app/_viewer/edited-pane';
import { listenToUndoKeys } from '@/app/_viewer/undo-keys';
import { type AnnotationStore, isDrawable, selectedOf } from './annotation-store';
import { dragTo, handlesOf, isSameCorner, settle } from './editing/handles';
import { toolOfKey } from './tools';

/** What keys mean on a page besides drawing. */
export type EditorKeys = {
  /** Letters choose tools, Space does what Enter does, arrows move also while another tool is in use, and undo is of the annotations. */
  isWholePage: boolean;
};
export const SLIDE_KEYS: EditorKeys = { isWholePage: true };
/** The page of a result has tools, Space and undo of its own. */
export const RESULT_KEYS: EditorKeys = { isWholePage: false };

type Drawing = {
  isDrawing: () => boolean;
  cancel: () => void;
  finish: () => void;
  dropCorner: () => void;
  /** What a press in the middle of the view does. */
  act: () => void;
  /** Takes a stroke along with the view. */
  follow: () => void;
};

const ARROWS: Record<string, [x: number, y: number] | undefined> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** CSS pixels that an arrow moves, and with Alt. */
const STEP_PX = 40;
const FINE_PX = 4;
const RADIUS_STEP = 1.25;

/** Keys on the slide: tools, drawing with the middle of the view, moving what is selected, undo. */
export function connectKeys(
  pane: EditedPane,
  store: AnnotationStore,
  drawing: Drawing,
  { isWholePage }: EditorKeys,
): () => void {
  const { actions } = store.getState();

  /** Moves the corner in hand, or what is selected, by CSS pixels as the view is turned. */
  function nudge(x: number, y: number): void {
    const [from, to] = [pane.toSlide(0, 0), pane.toSlide(x, y)];
    if (!from || !to) return;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const { corner, slide } = store.getState();
    const [one] = selectedOf(store.getState());
    const at = corner && one?.polygons[corner.polygon]?.[corner.ring]?.[corner.index];
    if (!one || !corner || !at) {
      actions.move(dx, dy, 'move by keys');
      return;
    }
    const polygons = dragTo(one, { kind: 'corner', corner }, [at[0] + dx, at[1] + dy]);
    actions.reshape(one, settle({ ...one, polygons }, slide));
    actions.setCorner(corner);
  }

  /** Takes the next corner of the selected polygon in hand. */
  function stepCorner(by: 1 | -1): void {
    const [one, ...others] = selectedOf(store.getState());
    if (!one || others.length > 0 || one.is_locked) return;
    const corners = handlesOf(one).flatMap(({ grab }) => (grab.kind === 'corner' ? [grab.corner] : []));
    const { corner } = store.getState();
    const at = corners.findIndex((other) => corner !== null && isSameCorner(other, corner));
    const next = corners[(at < 0 ? (by > 0 ? 0 : -1) : at + by + corners.length) % corners.length] ?? corners.at(-1);
    if (next) actions.setCorner(next);
  }

  function stepOut(): void {
    const { corner, tool } = store.getState();
    if (drawing.isDrawing()) drawing.cancel();
    else if (corner) actions.setCorner(null);
    else if (tool !== 'select') actions.setTool('select');
    else actions.select([]);
  }

  /** @returns whether the key meant something here */
  function act({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
    const { tool, radius, corner, isAside } = store.getState();
    const arrow = ARROWS[key];
    if (arrow && !shiftKey) {
      const step = altKey ? FINE_PX : STEP_PX;
      const [x, y] = [arrow[0] * step, arrow[1] * step];
      if (ctrlKey || metaKey) nudge(x / 4, y / 4);
      // What keys draw or correct lies in the middle of the view, which must not still be on its way.
      else pane.panBy(x, y, tool !== 'select' || isAside || undefined);
      // Several presses may come before the next frame, and each is a part of the line.
      drawing.follow();
      return true;
    }
    if (ctrlKey || metaKey || altKey) return false;
    const chosen = isWholePage ? toolOfKey(key) : undefined;
    if (chosen) actions.setTool(chosen);
    else if (key === 'Enter' || (key === ' ' && isWholePage)) drawing.act();
    else if (key.toLowerCase() === 'c' && drawing.isDrawing()) drawing.finish();
    else if (key === 'Escape') stepOut();
    else if (key === 'Backspace' && drawing.isDrawing()) drawing.dropCorner();
    else if (key === 'Delete' || key === 'Backspace') corner ? actions.removeCorner() : actions.remove();
    else if (key === '[' || key === ']') {
      const by = key === ']' ? 1 : -1;
      if (tool === 'brush' || tool === 'erase') actions.setRadius(radius * RADIUS_STEP ** by);
      else stepCorner(by);
    } else return false;
    return true;
  }

  pane.viewer.addHandler('canvas-key', (event) => {
    const state = store.getState();
    if (!isDrawable(state) || (state.isAside && !isWholePage)) return;
    const original = event.originalEvent as KeyboardEvent;
    if (!act(original)) return;
    event.preventDefaultAction = true;
    original.preventDefault();
  });

  if (!isWholePage) return () => undefined;
  return listenToUndoKeys({
    undo: () => (drawing.isDrawing() ? drawing.dropCorner() : actions.undo()),
    redo: actions.redo,
  });
}
