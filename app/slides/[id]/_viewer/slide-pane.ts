import OpenSeadragon from 'openseadragon';
import { t } from '@/app/_text/t';
import { itemOf, openViewer } from '@/app/_viewer/open-viewer';
import type { Painter, Placement } from '@/app/_viewer/placement';
import type { Place } from '@/lib/contracts/place';
import type { TileSource } from '@/lib/pyramid/tile-source';
import { createPyramidSource } from './pyramid-source';

type SlidePaneOptions = {
  element: HTMLElement;
  tiles: TileSource;
  /** Shown first; null shows all of the slide. */
  place: Place | null;
  /** Called with the reason when a tile could not be read. */
  onTileLost: (reason: string) => void;
};

export type SlidePane = ReturnType<typeof createSlidePane>;

/** Keys with which OpenSeadragon mirrors the picture: a mirrored slide is a wrong one. */
const UNWANTED_KEYS = ['f', 'F'];
const QUARTER_TURN = 90;
const TRIES = 2;
const RETRY_MS = 1500;
/** The part of the view that is left free around a region that is jumped to. */
const MARGIN = 0.15;

/** The view of a whole slide, with a small one of all of it in the corner. */
export function createSlidePane({ element, tiles, place, onTileLost }: SlidePaneOptions) {
  const { viewer, canvas, reduced, zoomBy } = openViewer({
    element,
    label: t('Slide view'),
    unwantedKeys: UNWANTED_KEYS,
    more: {
      showNavigator: true,
      navigatorPosition: 'TOP_RIGHT',
      navigatorSizeRatio: 0.16,
      // What is not there yet is shown by coarser levels, and not black.
      immediateRender: false,
      imageLoaderLimit: 8,
      maxImageCacheCount: 400,
      tileRetryMax: TRIES,
      tileRetryDelay: RETRY_MS,
    } as Partial<OpenSeadragon.Options>,
  });
  // It shows what the large view does.
  viewer.navigator?.element.setAttribute('aria-hidden', 'true');
  let item: OpenSeadragon.TiledImage | null = null;
  let isClosed = false;
  const listeners = new Set<() => void>();
  /** The last one draws on top. */
  let painters: readonly Painter[] = [];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const changed = () => {
    for (const listener of listeners) listener();
  };

  viewer.addTiledImage({
    tileSource: createPyramidSource(tiles),
    width: 1,
    success: (event) => {
      item = itemOf(event);
      if (place) goTo(place);
      changed();
    },
  });
  viewer.addHandler('tile-load-failed', (event) => {
    const { message } = event as unknown as { message?: string };
    // A tile that left the view before it came is not lost.
    if (!isClosed && !/abort/i.test(message ?? '')) onTileLost(message ?? t('The storage did not answer.'));
  });
  viewer.addHandler('viewport-change', changed);
  viewer.addHandler('resize', changed);

  // Painted into the same canvas after each frame, so that it moves with the picture.
  viewer.addHandler('update-viewport', () => {
    const at = placement();
    if (at) for (const paint of painters) paint(context, at);
  });

  function placement(): Placement | null {
    if (!item) return null;
    // Not the element's width, for which the page is laid out anew in each frame.
    const ratio = canvas.width / Math.max(1, viewer.viewport.getContainerSize().x);
    // Far apart, so that rounding does not turn the picture.
    const { x: side } = item.getContentSize();
    const [o, x, y] = (
      [
        [0, 0],
        [side, 0],
        [0, side],
      ] as const
    ).map(([px, py]) =>
      (item as OpenSeadragon.TiledImage).imageToViewerElementCoordinates(new OpenSeadragon.Point(px, py)),
    ) as [OpenSeadragon.Point, OpenSeadragon.Point, OpenSeadragon.Point];
    const per = ratio / side;
    return {
      matrix: [(x.x - o.x) * per, (x.y - o.y) * per, (y.x - o.x) * per, (y.y - o.y) * per, o.x * ratio, o.y * ratio],
      ratio,
      zoom: zoom(),
    };
  }

  /** CSS pixels per pixel of the full resolution. */
  const zoom = (): number => item?.viewportToImageZoom(viewer.viewport.getZoom(true)) ?? 0;

  function goTo({ x, y, zoom: wanted }: Place): void {
    if (!item) return;
    viewer.viewport.zoomTo(item.imageToViewportZoom(wanted), undefined, true);
    viewer.viewport.panTo(item.imageToViewportCoordinates(new OpenSeadragon.Point(x, y)), true);
    viewer.viewport.applyConstraints(true);
  }

  return {
    viewer,
    canvas,
    zoom,
    zoomBy,
    goTo,
    fit: () => viewer.viewport.goHome(reduced),
    /** Zooms about the middle. @param wanted - CSS pixels per pixel */
    zoomTo(wanted: number) {
      if (item) viewer.viewport.zoomTo(item.imageToViewportZoom(wanted), undefined, reduced).applyConstraints(reduced);
    },
    /** Shows a part of the slide, with some room around it. @param box - in pixels of the slide */
    show({ x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }) {
      if (!item) return;
      const [dx, dy] = [(x1 - x0) * MARGIN, (y1 - y0) * MARGIN];
      const rect = item.imageToViewportRectangle(x0 - dx, y0 - dy, x1 - x0 + 2 * dx, y1 - y0 + 2 * dy);
      viewer.viewport.fitBoundsWithConstraints(rect, reduced);
    },
    turn: () => viewer.viewport.setRotation((viewer.viewport.getRotation() + QUARTER_TURN) % 360, reduced),
    /** What is in the middle; null until there is a slide. */
    place(): Place | null {
      const middle = item?.viewportToImageCoordinates(viewer.viewport.getCenter(true));
      return middle ? { x: middle.x, y: middle.y, zoom: zoom() } : null;
    },
    /** The pixel of the slide at a place of the view, in CSS pixels from its upper left corner. */
    toSlide(x: number, y: number): [x: number, y: number] | null {
      const at = item?.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y));
      return at ? [at.x, at.y] : null;
    },
    /** The pixel of the slide in the middle of the view, at which keys act. */
    middle(): [x: number, y: number] | null {
      const { x, y } = viewer.viewport.getContainerSize();
      return this.toSlide(x / 2, y / 2);
    },
    /** Moves the view by CSS pixels. @param isAtOnce - without a movement that is seen */
    panBy(x: number, y: number, isAtOnce = reduced) {
      viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(new OpenSeadragon.Point(x, y)), isAtOnce);
      viewer.viewport.applyConstraints(isAtOnce);
    },
    redraw: () => viewer.forceRedraw(),
    /** Draws over the slide with every frame, below what other painters draw or above it. @returns what ends it */
    addPainter(painter: Painter, side: 'below' | 'above'): () => void {
      painters = side === 'below' ? [painter, ...painters] : [...painters, painter];
      viewer.forceRedraw();
      return () => {
        painters = painters.filter((other) => other !== painter);
        if (!isClosed) viewer.forceRedraw();
      };
    },
    /** Reads the tiles again that could not be read. */
    retry: () => item?.reset(),
    onFirstTile: (listener: () => void) => viewer.addOnceHandler('tile-drawn', listener),
    onView(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    destroy() {
      isClosed = true;
      viewer.destroy();
    },
  };
}
