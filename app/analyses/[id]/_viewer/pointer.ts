import type { Stage } from '@/app/_annotate/connect-stage';
import { isEditorTool } from '../_result/region-editor';
import type { ResultStore } from '../_result/result-store';
import { connectKeys } from './connect-keys';
import type { ImagePoint, Pane } from './pane';
import { beginDraft, closeDraft, type Draft, dragDraft, isDrawingTool, isLine, lineOf } from './region-draft';

type PointerOptions = {
  store: ResultStore;
  /** What edits the regions in this pane. */
  regions: Pick<Stage, 'isDrawing' | 'cancel' | 'dropCorner'>;
  size: { width: number; height: number };
  setDraft: (draft: Draft | null) => void;
};

/** Handles presses, drags and keys on the picture, by the tool in use. */
export function connectPointer(pane: Pane, { store, regions, size, setDraft }: PointerOptions): () => void {
  const { viewer } = pane;
  const { actions } = store.getState();
  let draft: Draft | null = null;
  const change = (next: Draft | null) => {
    draft = next;
    setDraft(next);
  };

  function finish() {
    if (draft) act(draft);
    change(null);
  }

  function act(drawn: Draft) {
    const { shape } = drawn;
    if (isLine(shape)) {
      const line = lineOf(drawn);
      if (line) void actions.reshape({ kind: shape, ...line });
      return;
    }
    const ring = closeDraft(drawn, size);
    if (!ring) return;
    if (shape === 'teachAround') void actions.teachWithin(ring);
    else void actions.selectWithin(ring);
  }

  /** Handles one press at a place, by mouse, finger or Enter. */
  function actAt(place: ImagePoint) {
    const { tool } = store.getState();
    const at = { x: place.x, y: place.y };
    if (tool === 'pan') actions.probe(at);
    else if (tool === 'delete') void actions.deleteAt(at);
    else if (tool === 'addPositive') void actions.addAt(at, true);
    else if (tool === 'addNegative') void actions.addAt(at, false);
    else if (tool === 'flip') void actions.flipAt(at);
    else if (tool === 'teach') void actions.teachAt(at);
  }

  viewer.addHandler('canvas-click', (event) => {
    const place = event.quick && pane.toImage(event.position.x, event.position.y);
    if (place) actAt(place);
  });
  // Two quick presses with a tool are two presses; only the hand zooms by them.
  viewer.addHandler('canvas-double-click', (event) => {
    if (store.getState().tool !== 'pan') event.preventDefaultAction = true;
  });
  viewer.addHandler('canvas-press', (event) => {
    const { tool } = store.getState();
    const place = pane.toImage(event.position.x, event.position.y);
    if (place && isDrawingTool(tool)) change(beginDraft(tool, place));
  });
  viewer.addHandler('canvas-drag', (event) => {
    const { tool } = store.getState();
    if (!isDrawingTool(tool)) return;
    event.preventDefaultAction = true;
    const place = pane.toImage(event.position.x, event.position.y);
    const placement = pane.placement();
    if (draft && place && placement) change(dragDraft(draft, place, pane.pixelRatio() / placement.scale));
  });
  // Without this, the picture would move on when a quick stroke ends.
  viewer.addHandler('canvas-drag-end', (event) => {
    if (isDrawingTool(store.getState().tool)) event.preventDefaultAction = true;
  });
  // A second finger zooms, so the stroke of the first one is dropped.
  viewer.addHandler('canvas-pinch', () => {
    if (draft) change(null);
  });
  viewer.addHandler('canvas-release', () => {
    if (draft) finish();
  });
  viewer.addHandler('canvas-key', ({ originalEvent: { key } }) => {
    if (key !== 'Enter') return;
    const { clientWidth, clientHeight } = viewer.container;
    const centre = pane.toImage(clientWidth / 2, clientHeight / 2);
    if (centre) actAt(centre);
  });

  const disconnectKeys = connectKeys(pane, store, {
    drop() {
      const isDrawn = draft !== null || regions.isDrawing();
      change(null);
      regions.cancel();
      return isDrawn;
    },
    stepBack() {
      const isDrawn = regions.isDrawing();
      regions.dropCorner();
      return isDrawn;
    },
  });

  let frame = 0;
  const onMove = (event: PointerEvent) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const box = viewer.container.getBoundingClientRect();
      const place = pane.toImage(event.clientX - box.left, event.clientY - box.top);
      // A finger cannot hover, so a tap probes.
      const { tool } = store.getState();
      if (place && event.pointerType === 'mouse' && !isDrawingTool(tool) && !isEditorTool(tool))
        actions.probe({ x: place.x, y: place.y });
    });
  };
  const onLeave = (event: PointerEvent) => {
    cancelAnimationFrame(frame);
    if (event.pointerType === 'mouse') actions.probe(null);
  };
  viewer.container.addEventListener('pointermove', onMove);
  viewer.container.addEventListener('pointerleave', onLeave);
  const unsubscribe = store.subscribe((state, before) => {
    if (state.tool !== before.tool) change(null);
  });
  return () => {
    cancelAnimationFrame(frame);
    viewer.container.removeEventListener('pointermove', onMove);
    viewer.container.removeEventListener('pointerleave', onLeave);
    unsubscribe();
    disconnectKeys();
  };
}
