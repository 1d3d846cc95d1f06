import { t } from '@/app/_text/t';
import { closeLine, drawLine, extendLine, type FreehandLine } from '@/app/_viewer/freehand';
import { type Placement, project } from '@/app/_viewer/placement';
import type { SlidePane } from '../_viewer/slide-pane';
import type { ScoringStore } from './scoring-store';

type Pressed = { position: { x: number; y: number } };

/** Draws round nuclei with the tool `teachAround`: what the line encloses is said to be what was chosen. */
export function connectLasso(pane: SlidePane, store: ScoringStore, size: () => { width: number; height: number }) {
  let line: FreehandLine | null = null;
  const isInHand = () => store.getState().tool === 'teachAround';
  const change = (next: FreehandLine | null) => {
    if (next === line) return;
    line = next;
    pane.redraw();
  };

  const onPress = ({ position }: Pressed) => {
    const at = isInHand() ? pane.toSlide(position.x, position.y) : null;
    if (at) change([at]);
  };
  const onDrag = (event: Pressed & { preventDefaultAction?: boolean }) => {
    if (!isInHand()) return;
    event.preventDefaultAction = true;
    const at = pane.toSlide(event.position.x, event.position.y);
    if (line && at) change(extendLine(line, at, 1 / pane.zoom()));
  };
  // Without this, the picture would move on when a quick stroke ends.
  const onDragEnd = (event: { preventDefaultAction?: boolean }) => {
    if (isInHand()) event.preventDefaultAction = true;
  };
  const onRelease = () => {
    const ring = line && closeLine(line, size());
    change(null);
    if (ring) void teachWithin(store, ring);
  };
  // A second finger zooms, so the stroke of the first one is dropped.
  const drop = () => change(null);
  const handlers = [
    ['canvas-press', onPress],
    ['canvas-drag', onDrag],
    ['canvas-drag-end', onDragEnd],
    ['canvas-release', onRelease],
    ['canvas-pinch', drop],
  ] as const;
  for (const [name, handler] of handlers) pane.viewer.addHandler(name, handler as never);
  const unsubscribe = store.subscribe((state, before) => {
    if (state.tool !== before.tool) drop();
  });

  return {
    /** Drops the line. @returns whether there was one */
    drop(): boolean {
      const isDrawn = line !== null;
      drop();
      return isDrawn;
    },
    draw(context: CanvasRenderingContext2D, placement: Placement): void {
      if (line) drawLine(context, line.map(project(placement)), placement.ratio);
    },
    disconnect() {
      unsubscribe();
      for (const [name, handler] of handlers) pane.viewer.removeHandler(name, handler as never);
    },
  };
}

async function teachWithin(store: ScoringStore, ring: readonly (readonly [number, number])[]): Promise<void> {
  const { teachAll, setTeachingNote } = store.getState().actions;
  const places = await store.table.within(ring).catch(() => []);
  if (places.length > 0) teachAll(places);
  else setTeachingNote(t('There is no nucleus in it.'));
}
