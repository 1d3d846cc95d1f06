import OpenSeadragon from 'openseadragon';
import { itemOf, openViewer } from '@/app/_viewer/open-viewer';
import type { TileSource } from '@/lib/pyramid/tile-source';
import type { Place } from './place';
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

/** The view of a whole slide, with a small one of all of it in the corner. */
export function createSlidePane({ element, tiles, place, onTileLost }: SlidePaneOptions) {
  const { viewer, canvas, reduced, zoomBy } = openViewer({
    element,
    label: 'Slide view',
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
    if (!isClosed && !/abort/i.test(message ?? '')) onTileLost(message ?? 'The storage did not answer.');
  });
  viewer.addHandler('viewport-change', changed);
  viewer.addHandler('resize', changed);

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
    turn: () => viewer.viewport.setRotation((viewer.viewport.getRotation() + QUARTER_TURN) % 360, reduced),
    /** What is in the middle; null until there is a slide. */
    place(): Place | null {
      const middle = item?.viewportToImageCoordinates(viewer.viewport.getCenter(true));
      return middle ? { x: middle.x, y: middle.y, zoom: zoom() } : null;
    },
    /** Reads the tiles again that could not be read. */
    retry: () => item?.reset(),
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
