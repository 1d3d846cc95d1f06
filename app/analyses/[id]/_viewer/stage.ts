import type { AnnotationStore } from '@/app/_annotate/annotation-store';
import type { ClassLook } from '@/app/_annotate/class-looks';
import { RESULT_KEYS } from '@/app/_annotate/connect-keys';
import { connectStage } from '@/app/_annotate/connect-stage';
import { drawAnnotations } from '@/app/_annotate/draw-annotations';
import { t } from '@/app/_text/t';
import { drawLine } from '@/app/_viewer/freehand';
import type { Region } from '@/lib/contracts/analysis';
import { readPlace } from '@/lib/contracts/place';
import { autoHigh } from '../_pictures/auto-window';
import { LAYER_NAMES, type LayerName } from '../_pictures/layers';
import type { PictureClient } from '../_pictures/picture-client';
import { INITIAL_VIEW, type Layers } from '../_pictures/view-settings';
import type { Box } from '../_preview/live-protocol';
import { rectangleRing } from '../_preview/rectangle-ring';
import type { ResultModel, ResultStore } from '../_result/result-store';
import { writeAddress } from '../_result/view-url';
import { createHeatPainter } from './draw-heat';
import { drawCorrected, drawOutlines, drawProbed, drawSelected } from './draw-outlines';
import { drawTeaching } from './draw-teaching';
import { createPane, type Painter, type Pane } from './pane';
import { connectPointer } from './pointer';
import { type Draft, isRectangle } from './region-draft';

export type ViewerStage = ReturnType<typeof createStage>;

/** A part of a canvas that shows the image, in its pixels. */
export type Sight = {
  /** The accessible name of the copy. */
  name: string;
  canvas: HTMLCanvasElement;
  x: number;
  y: number;
  width: number;
  height: number;
  /** How many pixels of the image the width holds. */
  pixels: number;
};

type StageOptions = {
  main: HTMLElement;
  second: HTMLElement;
  store: ResultStore;
  /** What edits the regions. */
  editor: AnnotationStore;
  client: PictureClient;
};

/** The view stands still for so long before its place is written into the address. */
const ADDRESS_MS = 300;

/** The panes and what is drawn over them. It follows the result store without React. */
export function createStage({ main, second, store, editor, client }: StageOptions) {
  const { source } = store.getState().analysis;
  if (!source) throw new RangeError('an analysis without an image has no stage');
  const size = { width: source.width, height: source.height };
  let draft: Draft | null = null;
  let swipe = 0.5;
  let isClosed = false;
  const loaded = new Set<LayerName>();
  const viewListeners = new Set<() => void>();

  const paintHeat = createHeatPainter({ ...size, micronsPerPixel: store.getState().micronsPerPixel });
  const paint: Painter = (context, placement, pixelRatio) => {
    const state = store.getState();
    const { view, live, parameters, probed } = state;
    const drawn = drawnOf(state);
    // Below the outlines, which stay to be seen.
    if (live && view.heat !== 'off') paintHeat(context, live, view.heat, placement);
    if (drawn && view.outlines.isShown) {
      drawOutlines(context, drawn, placement, view.outlines, pixelRatio);
      drawCorrected(context, parameters.corrections, placement, view.outlines, pixelRatio);
    }
    if (live && drawn === live && isTeaching(state)) drawTeaching(context, live, parameters, placement, pixelRatio);
    if (live && probed && drawn === live) drawProbed(context, live.found, probed.index, placement, pixelRatio);
    drawSelected(context, state.selected, placement, pixelRatio);
    if (draft) {
      const { scale, offsetX, offsetY } = placement;
      const points = isRectangle(draft.shape) ? corners(draft) : draft.points;
      const onCanvas = points.map(([x, y]) => [x * scale + offsetX, y * scale + offsetY] as const);
      drawLine(context, onCanvas, pixelRatio);
    }
  };

  const pane = createPane({
    ...{ element: main, label: t('Image view'), size, client, paint },
    at: readPlace(window.location.search),
  });
  let writing: ReturnType<typeof setTimeout> | undefined;
  /** Browsers refuse an address that changes with every frame. One that asks for a place keeps it until it is shown. */
  function writeSoon() {
    clearTimeout(writing);
    if (!pane.placement()) return;
    writing = setTimeout(() => writeAddress(store.getState().view, pane.place()), ADDRESS_MS);
  }
  let side: Pane | null = null;
  const edited = pane.edited();
  editor.getState().actions.setPane(edited);
  const regions = connectStage(edited, editor, {
    onDraft: () => undefined,
    keys: RESULT_KEYS,
    lookOf: lookOfRegion(store),
  });
  const disconnect = connectPointer(pane, {
    store,
    regions,
    size,
    setDraft: (next) => {
      draft = next;
      pane.redraw();
    },
  });
  pane.viewer.addHandler('viewport-change', () => {
    for (const listener of viewListeners) listener();
    writeSoon();
  });
  /** The pane that was moved last. The other one follows it. */
  let leader = pane;
  const follow = () => {
    if (!side) return;
    const follower = leader === pane ? side : pane;
    if (isApart(leader, follower)) follower.follow(leader.viewer);
  };
  lead(pane);

  function lead(touched: Pane) {
    const take = () => {
      leader = touched;
    };
    for (const name of ['canvas-press', 'canvas-scroll', 'canvas-pinch', 'canvas-key'] as const)
      touched.viewer.addHandler(name, take);
    touched.viewer.addHandler('update-viewport', follow);
  }

  /** The buttons of the bar act on the main pane. */
  const byBar =
    <A extends unknown[]>(act: (...args: A) => void) =>
    (...args: A) => {
      leader = pane;
      act(...args);
    };

  function openSide() {
    if (side) return;
    side = createPane({ element: second, label: t('Inferred view'), size, client, paint });
    // Regions are edited in the main pane, and shown in this one.
    side.edited().addPainter((context, placement) => {
      const { annotations, selected, slide } = editor.getState();
      const nothing = { edited: null, corner: null, draft: null, brush: null, cross: null };
      drawAnnotations(context, { annotations, selected, slide, lookOf: lookOfRegion(store), ...nothing }, placement);
    }, 'above');
    lead(side);
  }

  function show({ view: { mode, layers } }: ResultModel) {
    if (mode === 'side') openSide();
    else {
      side?.destroy();
      side = null;
      leader = pane;
    }
    pane.showOriginal(mode !== 'inferred' && (mode !== 'hematoxylin' || !loaded.has('hematoxylin')));
    if (mode === 'hematoxylin') pane.showInferred(isReady('hematoxylin') ? 'hematoxylin' : null);
    else pane.showInferred(mode === 'inferred' || mode === 'swipe' ? ready(layers) : null);
    pane.setSwipe(mode === 'swipe' ? swipe : null);
    side?.showOriginal(false);
    side?.showInferred(ready(layers));
  }

  /** Loads the layers that are shown, and returns the layers without those that are not loaded yet. */
  function ready(layers: Layers): Layers {
    const missing = LAYER_NAMES.filter((name) => layers[name].isShown && !loaded.has(name));
    if (missing.length === 0) return layers;
    for (const name of missing) load(name);
    const without = missing.map((name) => [name, { ...layers[name], isShown: false }]);
    return { ...layers, ...Object.fromEntries(without) };
  }

  function isReady(name: LayerName): boolean {
    if (!loaded.has(name)) load(name);
    return loaded.has(name);
  }

  function load(name: LayerName) {
    client.load(name).then(
      (summary) => {
        const { low, high } = store.getState().view.layers[name];
        const isUntouched = low === INITIAL_VIEW.layers[name].low && high === INITIAL_VIEW.layers[name].high;
        loaded.add(name);
        if (isClosed) return;
        if (summary && isUntouched) store.getState().actions.changeLayer(name, { high: autoHigh(summary.histogram) });
        show(store.getState());
      },
      // The attempts have been closed. Failures before that are in the result store.
      () => undefined,
    );
  }

  const redraw = () => {
    pane.redraw();
    side?.redraw();
  };
  const unsubscribe = store.subscribe((state, before) => {
    if (state.view.mode !== before.view.mode || state.view.layers !== before.view.layers) show(state);
    const isDrawnAnew =
      drawnOf(state) !== drawnOf(before) ||
      state.view.outlines !== before.view.outlines ||
      state.view.heat !== before.view.heat ||
      state.parameters.regions !== before.parameters.regions ||
      isTeaching(state) !== isTeaching(before) ||
      state.selected !== before.selected ||
      state.probed !== before.probed;
    if (isDrawnAnew) redraw();
    if (state.lookAt && state.lookAt !== before.lookAt) pane.moveTo(state.lookAt);
  });
  show(store.getState());

  return {
    fit: byBar(pane.fit),
    oneToOne: byBar(pane.oneToOne),
    zoomBy: byBar(pane.zoomBy),
    setSwipe(fraction: number) {
      swipe = fraction;
      if (store.getState().view.mode === 'swipe') pane.setSwipe(fraction);
    },
    sight: (): Box | null => pane.sight(),
    /** What each pane shows of the image now, and the hot spot by itself where all of it is in sight. */
    sights: (): Sight[] => [
      ...sightOf(pane, t('Printed picture')),
      ...(side ? sightOf(side, t('Printed inferred picture')) : []),
      ...sightOf(pane, t('Printed hot spot'), hotSpotIn(store.getState().parameters.regions, pane.sight())),
    ],
    /** Where a part of the image is in each pane, in CSS pixels of the window. */
    onScreen: ({ x0, y0, x1, y1 }: Box): Box[] =>
      [pane, ...(side ? [side] : [])].flatMap((one) => {
        const placement = one.placement();
        if (!placement) return [];
        const { left, top } = one.canvas.getBoundingClientRect();
        const { scale, offsetX, offsetY } = placement;
        const xOf = (x: number) => left + (x * scale + offsetX) / one.pixelRatio();
        const yOf = (y: number) => top + (y * scale + offsetY) / one.pixelRatio();
        return [{ x0: xOf(x0), y0: yOf(y0), x1: xOf(x1), y1: yOf(y1) }];
      }),
    /** CSS pixels per image pixel. */
    zoom: () => (pane.placement()?.scale ?? 0) / pane.pixelRatio(),
    onView(listener: () => void) {
      viewListeners.add(listener);
      return () => viewListeners.delete(listener);
    },
    destroy() {
      isClosed = true;
      clearTimeout(writing);
      unsubscribe();
      disconnect();
      regions.disconnect();
      editor.getState().actions.setPane(null);
      side?.destroy();
      pane.destroy();
    },
  };
}

/** The hot spot that counts, and a tenth of it to each side; null where a part of it is out of sight. */
function hotSpotIn(regions: readonly Region[], sight: Box | null): Box | null {
  const ring = regions.find(({ shape, enabled }) => shape === 'hotspot' && enabled)?.rings[0];
  if (!ring || !sight) return null;
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  // Where the whole picture is in sight, its edges are so but for a rounding.
  if (x0 < sight.x0 - 1 || y0 < sight.y0 - 1 || x1 > sight.x1 + 1 || y1 > sight.y1 + 1) return null;
  const margin = 0.1 * (x1 - x0);
  return {
    x0: Math.max(sight.x0, x0 - margin),
    y0: Math.max(sight.y0, y0 - margin),
    x1: Math.min(sight.x1, x1 + margin),
    y1: Math.min(sight.y1, y1 + margin),
  };
}

/** Nothing where no part of the image is in sight. */
function sightOf(pane: Pane, name: string, box: Box | null = pane.sight()): Sight[] {
  const placement = pane.placement();
  if (!placement || !box || box.x1 <= box.x0 || box.y1 <= box.y0) return [];
  const { scale, offsetX, offsetY } = placement;
  const width = Math.max(1, Math.round((box.x1 - box.x0) * scale));
  const height = Math.max(1, Math.round((box.y1 - box.y0) * scale));
  const [x, y] = [box.x0 * scale + offsetX, box.y0 * scale + offsetY];
  return [{ name, canvas: pane.canvas, x, y, width, height, pixels: box.x1 - box.x0 }];
}

/** How regions look: light lines that are seen on any stain; what excludes is dashed, what is switched off faint. */
const lookOfRegion =
  (store: ResultStore) =>
  ({ id, class: name }: { id: string; class: string }): ClassLook => {
    const isOff = store.getState().parameters.regions.some((region) => region.id === id && !region.enabled);
    return { ...(name === 'ignore' ? EXCLUDED : INCLUDED), alpha: isOff ? 0.4 : 1 };
  };
const INCLUDED: ClassLook = { name: t('Include'), letter: '', colour: '#ffffff', dash: [], width: 2 };
const EXCLUDED: ClassLook = { name: t('Exclude'), letter: 'X', colour: '#ffb4a8', dash: [8, 5], width: 2 };

const isTeaching = ({ tool }: ResultModel) => tool === 'teach' || tool === 'teachAround';

/** The outlines to draw: those of a sketch while there is one, else those of the exact numbers. */
const drawnOf = ({ sketch, live }: ResultModel) => sketch?.outlines ?? live;

/** Whether two panes show different places, by more than rounding. */
function isApart(a: Pane, b: Pane): boolean {
  const [from, to] = [a.viewer.viewport, b.viewer.viewport];
  const distance = from.getCenter(true).distanceTo(to.getCenter(true));
  return distance > 1e-6 || Math.abs(from.getZoom(true) / to.getZoom(true) - 1) > 1e-6;
}

function corners({ points }: Draft) {
  const [first] = points;
  const [[x0, y0], [x1, y1]] = [first, points.at(-1) ?? first];
  return rectangleRing({ x0, y0, x1, y1 });
}
