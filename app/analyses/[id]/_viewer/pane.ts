import OpenSeadragon from 'openseadragon';
import type { EditedPane } from '@/app/_viewer/edited-pane';
import { itemOf, openViewer } from '@/app/_viewer/open-viewer';
import type { Painter as OverPainter } from '@/app/_viewer/placement';
import type { Place } from '@/lib/contracts/place';
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
  /** What is shown at first; null = all of the picture. */
  at?: Place | null;
};

export type Pane = ReturnType<typeof createPane>;

/** Screen pixels for each pixel of the image, at which a nucleus is large enough to be told. */
const LEAST_SHOWN_SCALE = 1.5;
/** The part of the view that is left free around a region that is jumped to. */
const MARGIN = 0.15;
/** Keys with which OpenSeadragon rotates or mirrors the picture. They are off, since coordinates here assume neither. */
const UNWANTED_KEYS = ['r', 'R', 'f', 'F'];

/** One view that is panned and zoomed: the original with the inferred picture over it. */
export function createPane({ element, label, size, client, paint, at = null }: PaneOptions) {
  const { viewer, canvas, reduced, zoomBy } = openViewer({ element, label, unwantedKeys: UNWANTED_KEYS });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;

  let original: OpenSeadragon.TiledImage | null = null;
  let inferred: OpenSeadragon.TiledImage | null = null;
  let isClosed = false;
  let isFitted = true;
  let fitting = 0;
  let swipe: number | null = null;
  let isOriginalShown = true;
  let painters: readonly OverPainter[] = [];

  viewer.addTiledImage({
    tileSource: createTileSource(client, size, 'original'),
    width: 1,
    success: (event) => {
      original = itemOf(event);
      original.setOpacity(isOriginalShown ? 1 : 0);
      if (at) goTo(original, at);
    },
  });
  const composites = createComposites();

  function goTo(item: OpenSeadragon.TiledImage, { x, y, zoom }: Place) {
    const { viewport } = viewer;
    viewport.zoomTo(item.imageToViewportZoom(zoom), undefined, true);
    viewport.panTo(item.imageToViewportCoordinates(x, y), true);
    viewport.applyConstraints(true);
    isFitted = isHome(viewport);
    cancelAnimationFrame(fitting);
  }

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
  // By the size that the viewer has drawn in: that of its element is the paper's already while the page is printed.
  const pixelRatio = () =>
    canvas.width / Math.max(1, viewer.viewport?.getContainerSize().x ?? viewer.container.clientWidth);

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
  viewer.addHandler('resize', () => {
    if (isFitted) fitting = requestAnimationFrame(() => viewer.viewport.goHome(true));
  });
  viewer.addHandler('update-viewport', () => {
    isFitted = isHome(viewer.viewport);
    const place = placement();
    if (!place) return;
    paint(context, place, pixelRatio());
    const ratio = pixelRatio();
    const { scale, offsetX, offsetY } = place;
    const over = { matrix: [scale, 0, 0, scale, offsetX, offsetY], ratio, zoom: scale / ratio } as const;
    for (const painter of painters) painter(context, { ...over, matrix: [...over.matrix] });
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
    /** The same as the editor of regions takes it. */
    edited(): EditedPane {
      const toSlide = (x: number, y: number): [number, number] | null => {
        const at = original?.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y));
        return at ? [at.x, at.y] : null;
      };
      return {
        viewer,
        toSlide,
        zoom: () => (placement()?.scale ?? 0) / pixelRatio(),
        middle() {
          const { x, y } = viewer.viewport.getContainerSize();
          return toSlide(x / 2, y / 2);
        },
        panBy(x, y, isAtOnce = reduced) {
          viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(new OpenSeadragon.Point(x, y)), isAtOnce);
          viewer.viewport.applyConstraints(isAtOnce);
        },
        show({ x0, y0, x1, y1 }) {
          if (!original) return;
          const [dx, dy] = [(x1 - x0) * MARGIN, (y1 - y0) * MARGIN];
          const rect = original.imageToViewportRectangle(x0 - dx, y0 - dy, x1 - x0 + 2 * dx, y1 - y0 + 2 * dy);
          viewer.viewport.fitBoundsWithConstraints(rect, reduced);
        },
        redraw: () => viewer.forceRedraw(),
        addPainter(painter, side) {
          painters = side === 'below' ? [painter, ...painters] : [...painters, painter];
          viewer.forceRedraw();
          return () => {
            painters = painters.filter((other) => other !== painter);
            if (!isClosed) viewer.forceRedraw();
          };
        },
      };
    },
    /** What is in the middle; null where all of the picture is shown. */
    place(): Place | null {
      const scale = placement()?.scale;
      const middle = original?.viewportToImageCoordinates(viewer.viewport.getCenter(true));
      return !scale || !middle || isFitted ? null : { x: middle.x, y: middle.y, zoom: scale / pixelRatio() };
    },
    /** Moves a place to the middle, large enough to see its nucleus. */
    moveTo({ x, y }: ImagePoint) {
      const { viewport } = viewer;
      const zoom = viewport.imageToViewportZoom(LEAST_SHOWN_SCALE);
      if (viewport.getZoom() < zoom) viewport.zoomTo(zoom, undefined, reduced);
      const centre = original?.imageToViewportCoordinates(x, y);
      if (centre) viewport.panTo(centre, reduced);
    },
    /** Shows the same place as another pane. */
    follow(other: OpenSeadragon.Viewer) {
      viewer.viewport.zoomTo(other.viewport.getZoom(true), undefined, true);
      viewer.viewport.panTo(other.viewport.getCenter(true), true);
    },
    destroy() {
      isClosed = true;
      cancelAnimationFrame(fitting);
      viewer.destroy();
    },
  };
}

function isHome(viewport: OpenSeadragon.Viewport): boolean {
  const home = viewport.getHomeBounds();
  const distance = viewport.getCenter(true).distanceTo(home.getCenter());
  return distance < 1e-3 && Math.abs(viewport.getZoom(true) * home.width - 1) < 1e-3;
}
