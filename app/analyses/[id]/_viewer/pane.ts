import OpenSeadragon from 'openseadragon';
import type { PictureClient } from '../_pictures/picture-client';
import type { Inferred } from '../_pictures/view-settings';
import type { Box } from '../_preview/live-protocol';
import type { Placement } from './draw-outlines';
import { createTileSource } from './tile-source';

export type ImagePoint = { x: number; y: number };
export type Painter = (context: CanvasRenderingContext2D, placement: Placement, pixelRatio: number) => void;

export type PaneOptions = {
  element: HTMLElement;
  /** The accessible name of the canvas. */
  label: string;
  size: { width: number; height: number };
  client: PictureClient;
  /** Draws over the picture, into the same canvas, so that outlines and picture move together. */
  paint: Painter;
};

export type Pane = ReturnType<typeof createPane>;

/** Keys with which OpenSeadragon rotates or mirrors the picture. They are off, since coordinates here assume neither. */
const UNWANTED_KEYS = ['r', 'R', 'f', 'F'];
const ZOOM_STEP = 1.6;
/** Zoom keys by their character. OpenSeadragon uses their place on a US keyboard, and counts quick presses as one. */
const ZOOM_KEYS: Record<string, 1 | -1 | undefined> = { '+': 1, '=': 1, '-': -1, _: -1 };

/** One view that is panned and zoomed: the original with the inferred picture over it. */
export function createPane({ element, label, size, client, paint }: PaneOptions) {
  refuseInjectedStyle();
  const reduced = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const viewer = OpenSeadragon({
    element,
    drawer: 'canvas',
    showNavigationControl: false,
    silenceMultiImageWarnings: true,
    visibilityRatio: 0.3,
    minZoomImageRatio: 0.7,
    maxZoomPixelRatio: 16,
    zoomPerScroll: 1.25,
    animationTime: reduced ? 0 : 0.25,
    springStiffness: 8,
    blendTime: 0,
    immediateRender: true,
    imageLoaderLimit: 4,
    maxImageCacheCount: 250,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true, flickEnabled: false },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false, flickEnabled: true, pinchRotate: false },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false },
  });
  const canvas = viewer.drawer.canvas as HTMLCanvasElement;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  viewer.canvas.setAttribute('role', 'group');
  viewer.canvas.setAttribute('aria-label', `${label}: arrow keys move, plus and minus zoom, 0 fits`);

  let original: OpenSeadragon.TiledImage | null = null;
  let inferred: OpenSeadragon.TiledImage | null = null;
  let isClosed = false;
  let swipe: number | null = null;
  let isOriginalShown = true;

  viewer.addTiledImage({
    tileSource: createTileSource(client, size, 'original'),
    width: 1,
    success: (event) => {
      original = itemOf(event);
      original.setOpacity(isOriginalShown ? 1 : 0);
    },
  });
  const composites = createComposites();

  function placement(): Placement | null {
    if (!original) return null;
    const ratio = pixelRatio();
    const from = original.imageToViewerElementCoordinates(new OpenSeadragon.Point(0, 0));
    const to = original.imageToViewerElementCoordinates(new OpenSeadragon.Point(size.width, 0));
    return {
      scale: ((to.x - from.x) / size.width) * ratio,
      offsetX: from.x * ratio,
      offsetY: from.y * ratio,
      width: canvas.width,
      height: canvas.height,
    };
  }
  const pixelRatio = () => canvas.width / Math.max(1, viewer.container.clientWidth);

  function zoomBy(direction: 1 | -1) {
    viewer.viewport.zoomBy(ZOOM_STEP ** direction).applyConstraints();
  }

  /** Clips each picture at the swipe line. Otherwise one would show through the transparent rim of the other. */
  function clip() {
    const place = placement();
    const at = swipe === null || !place ? null : (swipe * place.width - place.offsetX) / place.scale;
    const left = at === null ? 0 : Math.min(size.width, Math.max(0, at));
    const { Rect } = OpenSeadragon;
    original?.setClip(at === null ? null : new Rect(0, 0, left, size.height));
    inferred?.setClip(at === null ? null : new Rect(left, 0, size.width - left, size.height));
  }

  viewer.addHandler('viewport-change', () => swipe !== null && clip());
  /** When the pane is resized, a picture that was fitted into it is fitted again. */
  let isFitted = true;
  viewer.addHandler('resize', () => {
    if (isFitted) requestAnimationFrame(() => !isClosed && viewer.viewport.goHome(true));
  });
  viewer.addHandler('update-viewport', () => {
    isFitted = isHome(viewer.viewport);
    const place = placement();
    if (place) paint(context, place, pixelRatio());
  });
  viewer.addHandler('canvas-key', (event) => {
    const { key, ctrlKey, altKey, metaKey } = event.originalEvent as KeyboardEvent;
    const direction = ctrlKey || altKey || metaKey ? undefined : ZOOM_KEYS[key];
    if (direction) zoomBy(direction);
    if (direction || UNWANTED_KEYS.includes(key)) event.preventDefaultAction = true;
  });

  /** Replaces the old tiles when all new ones are loaded, so that moving a slider does not flicker. */
  function createComposites() {
    let wanted: Inferred | null = null;
    let isBusy = false;
    function next() {
      if (isBusy || isClosed) return;
      const shown = wanted;
      if (!shown) {
        if (inferred) viewer.world.removeItem(inferred);
        inferred = null;
        return;
      }
      isBusy = true;
      viewer.addTiledImage({
        tileSource: createTileSource(client, size, shown),
        width: 1,
        success: (event) => {
          const item = itemOf(event);
          const before = inferred;
          inferred = item;
          clip();
          item.whenFullyLoaded(() => {
            if (isClosed) return;
            if (before) viewer.world.removeItem(before);
            isBusy = false;
            if (wanted !== shown) next();
          });
        },
        error: () => {
          isBusy = false;
        },
      });
    }
    return (shown: Inferred | null) => {
      if (shown === wanted) return;
      wanted = shown;
      next();
    };
  }

  return {
    viewer,
    canvas,
    showOriginal(isShown: boolean) {
      isOriginalShown = isShown;
      original?.setOpacity(isShown ? 1 : 0);
    },
    /** null hides the inferred picture. */
    showInferred: composites,
    /** The inferred picture begins at this share of the width; null: everywhere. */
    setSwipe(fraction: number | null) {
      swipe = fraction;
      clip();
    },
    redraw: () => viewer.forceRedraw(),
    fit: () => viewer.viewport.goHome(reduced),
    oneToOne() {
      viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom(1 / pixelRatio()));
    },
    zoomBy,
    placement,
    pixelRatio,
    /** The part of the image on the screen, in image pixels. */
    sight(): Box | null {
      const place = placement();
      if (!place) return null;
      const { scale, offsetX, offsetY, width, height } = place;
      return {
        x0: Math.max(0, -offsetX / scale),
        y0: Math.max(0, -offsetY / scale),
        x1: Math.min(size.width, (width - offsetX) / scale),
        y1: Math.min(size.height, (height - offsetY) / scale),
      };
    },
    /** The place in the image, from CSS pixels within the pane. */
    toImage(x: number, y: number): ImagePoint | null {
      return original?.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y)) ?? null;
    },
    /** Shows the same place as another pane. */
    follow(other: OpenSeadragon.Viewer) {
      viewer.viewport.zoomTo(other.viewport.getZoom(true), undefined, true);
      viewer.viewport.panTo(other.viewport.getCenter(true), true);
    },
    destroy() {
      isClosed = true;
      viewer.destroy();
    },
  };
}

function isHome(viewport: OpenSeadragon.Viewport): boolean {
  const home = viewport.getHomeBounds();
  const distance = viewport.getCenter(true).distanceTo(home.getCenter());
  return distance < 1e-3 && Math.abs(viewport.getZoom(true) * home.width - 1) < 1e-3;
}

/** The types of OpenSeadragon wrongly declare this as a DOM event. */
const itemOf = (event: unknown) => (event as { item: OpenSeadragon.TiledImage }).item;

/** Adds an empty element instead of the style that OpenSeadragon would add: the Content-Security-Policy forbids it. */
function refuseInjectedStyle(): void {
  const name = 'data-openseadragon-mobile-css';
  if (document.querySelector(`style[${name}]`)) return;
  const style = document.createElement('style');
  style.type = 'text/plain';
  style.setAttribute(name, '');
  document.head.append(style);
}
