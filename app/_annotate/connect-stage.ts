import type { EditedPane } from '@/app/_viewer/edited-pane';
import { distance, type Point } from '@/lib/annotations/points';
import type { Annotation } from '@/lib/contracts/annotation';
import { type AnnotationStore, isDrawable, selectedOf } from './annotation-store';
import { type ClassLook, lookOfClass } from './class-looks';
import { connectKeys, type EditorKeys } from './connect-keys';
import { drawAnnotations } from './draw-annotations';
import {
  addCorner,
  beginDraft,
  closeDraft,
  type Draft,
  type DraftView,
  dragDraft,
  dropCorner,
  isDragged,
} from './editing/draft';
import { annotationAt, dragTo, type Grab, grabAt, heldAfter, settle } from './editing/handles';
import { move } from './editing/operations';

/** How near to an outline or a handle a press must be, in CSS pixels: a finger is broader than a pointer. */
const REACH_PX = { mouse: 7, pen: 10, touch: 20 };

/** An annotation that is dragged: what is held, and how it looks meanwhile. */
type Hold = { grab: Grab; before: Annotation; now: Annotation; from: Point };

export type StageOptions = {
  onDraft: (draft: Draft | null) => void;
  keys: EditorKeys;
  /** How each is drawn. */
  lookOf?: (annotation: Annotation) => ClassLook;
};

export type Stage = ReturnType<typeof connectStage>;

/** Draws the annotations over the slide, and handles presses, drags and keys on it, by the tool in use. */
export function connectStage(
  pane: EditedPane,
  store: AnnotationStore,
  { onDraft, keys, lookOf = lookOfClass }: StageOptions,
) {
  const { viewer } = pane;
  const { actions } = store.getState();
  let draft: Draft | null = null;
  let hold: Hold | null = null;
  let pointer: Point | null = null;
  let kind: keyof typeof REACH_PX = 'mouse';
  /** Keys draw with the middle of the view, which is marked then. */
  let isByKeys = false;

  const reach = () => REACH_PX[kind] / (pane.zoom() || 1);
  const view = (): DraftView => ({
    pixel: 1 / (pane.zoom() || 1),
    radius: store.getState().radius,
    slide: store.getState().slide,
  });
  const isBrush = () => store.getState().tool === 'brush' || store.getState().tool === 'erase';
  const canDraw = () => isDrawable(store.getState()) && store.getState().tool !== 'select';
  const isAside = () => store.getState().isAside;

  /** The one annotation whose corners can be dragged. */
  function edited(): Annotation | null {
    const state = store.getState();
    if (state.tool !== 'select' || !isDrawable(state) || state.selected.length !== 1) return null;
    const [one] = selectedOf(state);
    return one && !one.is_locked && !one.is_hidden ? one : null;
  }

  const removePainter = pane.addPainter((context, placement) => {
    const state = store.getState();
    const held = hold;
    const annotations = held
      ? state.annotations.map((one) => (one.id === held.now.id ? held.now : one))
      : state.annotations;
    const hasKeys = isByKeys || viewer.canvas.matches(':focus-visible');
    const at = hasKeys ? middle() : pointer;
    drawAnnotations(
      context,
      {
        ...{ annotations, selected: state.selected, corner: state.corner, draft, slide: state.slide, lookOf },
        edited: hold?.now ?? edited(),
        cross: hasKeys && (canDraw() || isAside()) ? at : null,
        brush:
          isBrush() && isDrawable(state) && at ? { radius: state.radius, at, isErasing: state.tool === 'erase' } : null,
      },
      placement,
    );
  }, 'above');

  function change(next: Draft | null): void {
    draft = next;
    onDraft(next);
    pane.redraw();
  }

  const place = ({ x, y }: { x: number; y: number }): Point | null => pane.toSlide(x, y);
  const middle = (): Point | null => pane.middle();

  function finish(): void {
    const ended = draft;
    change(null);
    if (!ended) return;
    const closed = closeDraft(ended, view());
    if (!closed) return;
    const { annotations } = store.getState();
    if (ended.tool === 'brush') actions.paint(closed.polygons);
    else if (ended.tool === 'erase') actions.erase(closed.polygons, annotationAt(annotations, ended.points[0], 0));
    else actions.draw(closed);
  }

  function press(at: Point): void {
    if (isAside()) return;
    const { tool } = store.getState();
    if (tool === 'select') {
      const one = edited();
      const grab = one && grabAt(one, at, reach());
      if (one && grab) hold = { grab, before: one, now: one, from: at };
      actions.setCorner(grab?.kind === 'corner' ? grab.corner : null);
    } else if (canDraw() && isDragged(tool)) change(beginDraft(tool, at));
  }

  function dragHold(at: Point): void {
    if (!hold) return;
    const { grab, before, now, from } = hold;
    if (grab.kind === 'body') {
      const [moved] = move([before], at[0] - from[0], at[1] - from[1], store.getState().slide).put;
      if (moved) hold = { ...hold, now: moved };
    } else {
      const polygons = dragTo(now, grab, at);
      const held = heldAfter(grab);
      hold = { ...hold, now: { ...now, polygons }, grab: held };
      if (grab.kind === 'side') hold.grab = turned(grab, now, at);
      else if (held.kind === 'corner') actions.setCorner(held.corner);
    }
    pane.redraw();
  }

  /** Ends a drag. An outline that crosses itself is untangled, and cut to the slide. */
  function letGo(): void {
    const ended = hold;
    hold = null;
    if (!ended || ended.now === ended.before) return;
    const { corner } = store.getState();
    actions.reshape(ended.before, settle(ended.now, store.getState().slide));
    if (ended.grab.kind === 'corner') actions.setCorner(corner);
  }

  function click(at: Point, isMore: boolean): void {
    if (isAside()) return;
    const { tool, annotations, selected } = store.getState();
    if (tool === 'polygon' && canDraw()) clickCorner(at);
    if (tool !== 'select') return;
    const hit = annotationAt(annotations, at, reach());
    if (!hit) {
      if (!isMore) actions.select([]);
    } else if (!isMore) actions.select([hit.id]);
    else actions.select(selected.includes(hit.id) ? selected.filter((id) => id !== hit.id) : [...selected, hit.id]);
  }

  /** A corner of a polygon. One on the first corner closes it. */
  function clickCorner(at: Point): void {
    if (!draft) change(beginDraft('polygon', at));
    else if (isRegion(draft) && distance(draft.points[0], at) <= reach()) finish();
    else change(addCorner(draft, at));
  }

  /** Enter: does at the middle of the view what a press does; while something is drawn, ends it, and what was begun by presses too. */
  function actAtMiddle(): void {
    const at = middle();
    if (!at) return;
    // Who has set corners by mouse or finger looks at these, not at the middle.
    if (draft?.tool === 'polygon' && !isByKeys) {
      if (isRegion(draft)) finish();
      return;
    }
    isByKeys = true;
    const { tool } = store.getState();
    if (!isDragged(tool)) click(at, false);
    else if (draft) {
      change(dragDraft(draft, at, view()));
      finish();
    } else press(at);
  }

  viewer.addHandler('canvas-press', (event) => {
    const { pointerType } = event as unknown as { pointerType: string };
    kind = pointerType === 'touch' || pointerType === 'pen' ? pointerType : 'mouse';
    isByKeys = false;
    const at = place(event.position);
    if (at) press(at);
  });
  viewer.addHandler('canvas-drag', (event) => {
    const isOurs = hold !== null || (draft !== null && isDragged(draft.tool));
    if (!isOurs) return;
    event.preventDefaultAction = true;
    const at = place(event.position);
    if (!at) return;
    pointer = at;
    if (hold) dragHold(at);
    else if (draft) change(dragDraft(draft, at, view()));
  });
  // Without this, the picture would move on when a quick stroke ends.
  viewer.addHandler('canvas-drag-end', (event) => {
    const { tool } = store.getState();
    if (canDraw() && isDragged(tool)) event.preventDefaultAction = true;
  });
  // A second finger zooms, so what the first one began is dropped.
  viewer.addHandler('canvas-pinch', () => {
    if (draft && isDragged(draft.tool)) change(null);
    if (hold) {
      hold = null;
      pane.redraw();
    }
  });
  viewer.addHandler('canvas-release', () => {
    if (hold) letGo();
    if (draft && isDragged(draft.tool)) finish();
  });
  viewer.addHandler('canvas-click', (event) => {
    const at = event.quick && place(event.position);
    const { shiftKey, ctrlKey, metaKey } = event.originalEvent as PointerEvent;
    if (at) click(at, shiftKey || ctrlKey || metaKey);
  });
  viewer.addHandler('canvas-double-click', (event) => {
    if (!canDraw()) return;
    event.preventDefaultAction = true;
    if (draft?.tool === 'polygon') finish();
  });
  /** A stroke that is drawn by keys goes to where the middle of the view is. */
  function follow(): void {
    const at = isByKeys && draft && isDragged(draft.tool) ? middle() : null;
    if (at && draft) change(dragDraft(draft, at, view()));
  }
  viewer.addHandler('viewport-change', follow);

  const onMove = (event: PointerEvent) => {
    if (!isBrush()) return;
    const box = viewer.container.getBoundingClientRect();
    pointer = pane.toSlide(event.clientX - box.left, event.clientY - box.top);
    isByKeys = false;
    pane.redraw();
  };
  const onLeave = () => {
    pointer = null;
    pane.redraw();
  };
  viewer.container.addEventListener('pointermove', onMove);
  viewer.container.addEventListener('pointerleave', onLeave);

  const disconnectKeys = connectKeys(
    pane,
    store,
    {
      isDrawing: () => draft !== null,
      cancel: () => change(null),
      finish,
      dropCorner: () => draft && change(dropCorner(draft)),
      act: actAtMiddle,
      follow,
    },
    keys,
  );
  const unsubscribe = store.subscribe((state, before) => {
    if (state.tool !== before.tool) {
      isByKeys = false;
      // Corners that were set one by one are work: another tool closes them, and Escape alone drops them.
      if (draft && isRegion(draft)) finish();
      else change(null);
    }
    const isDrawnAnew = (['annotations', 'selected', 'corner', 'radius', 'saving'] as const).some(
      (part) => state[part] !== before[part],
    );
    if (isDrawnAnew) pane.redraw();
  });

  return {
    isDrawing: () => draft !== null,
    dropCorner: () => draft && change(dropCorner(draft)),
    finish,
    cancel: () => change(null),
    disconnect() {
      removePainter();
      unsubscribe();
      disconnectKeys();
      viewer.container.removeEventListener('pointermove', onMove);
      viewer.container.removeEventListener('pointerleave', onLeave);
    },
  };
}

/** A polygon with corners enough to be closed. */
const isRegion = ({ tool, points }: Draft): boolean => tool === 'polygon' && points.length > 2;

/** A side that is dragged over the one across becomes that one. */
function turned(grab: Extract<Grab, { kind: 'side' }>, { polygons }: Annotation, [x, y]: Point): Grab {
  const xs = polygons.flat(2).map(([at]) => at);
  const ys = polygons.flat(2).map(([, at]) => at);
  const over = (side: -1 | 0 | 1, at: number, all: number[]): -1 | 0 | 1 => {
    if (side < 0 && at > Math.max(...all)) return 1;
    if (side > 0 && at < Math.min(...all)) return -1;
    return side;
  };
  return { kind: 'side', x: over(grab.x, x, xs), y: over(grab.y, y, ys) };
}
