import OpenSeadragon from 'openseadragon';
import { t } from '@/app/_text/t';

export type OpenViewerOptions = {
  element: HTMLElement;
  /** The accessible name of the canvas. */
  label: string;
  /** Keys of OpenSeadragon that do nothing here. */
  unwantedKeys?: readonly string[];
  more?: Partial<OpenSeadragon.Options>;
};

const ZOOM_STEP = 1.6;
/** Zoom keys by their character. OpenSeadragon uses their place on a US keyboard, and counts quick presses as one. */
const ZOOM_KEYS: Record<string, 1 | -1 | undefined> = { '+': 1, '=': 1, '-': -1, _: -1 };

/** A viewer of a picture that is panned and zoomed by mouse, pen, touch and keys; its canvas has a name. */
export function openViewer({ element, label, unwantedKeys = [], more }: OpenViewerOptions) {
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
    ...more,
  });
  const canvas = viewer.drawer.canvas as HTMLCanvasElement;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  viewer.canvas.setAttribute('role', 'group');
  viewer.canvas.setAttribute(
    'aria-label',
    t('{picture}: arrow keys move, plus and minus zoom, 0 fits', { picture: label }),
  );
  const zoomBy = (direction: 1 | -1) => void viewer.viewport.zoomBy(ZOOM_STEP ** direction).applyConstraints();
  viewer.addHandler('canvas-key', (event) => {
    const { key, ctrlKey, altKey, metaKey } = event.originalEvent as KeyboardEvent;
    const direction = ctrlKey || altKey || metaKey ? undefined : ZOOM_KEYS[key];
    if (direction) zoomBy(direction);
    if (direction || unwantedKeys.includes(key)) event.preventDefaultAction = true;
  });
  return { viewer, canvas, reduced, zoomBy };
}

/** The types of OpenSeadragon wrongly declare this as a DOM event. */
export const itemOf = (event: unknown) => (event as { item: OpenSeadragon.TiledImage }).item;

/** Adds an empty element instead of the style that OpenSeadragon would add: the Content-Security-Policy forbids it. */
function refuseInjectedStyle(): void {
  const name = 'data-openseadragon-mobile-css';
  if (document.querySelector(`style[${name}]`)) return;
  const style = document.createElement('style');
  style.type = 'text/plain';
  style.setAttribute(name, '');
  document.head.append(style);
}
