import type OpenSeadragon from 'openseadragon';
import type { Painter } from './placement';

/** A view on which regions are drawn: of a slide, or of the image of a result. Places are in pixels of it, at full resolution. */
export type EditedPane = {
  viewer: OpenSeadragon.Viewer;
  /** CSS pixels per pixel. */
  zoom: () => number;
  /** The pixel at a place of the view, in CSS pixels from its upper left corner. */
  toSlide: (x: number, y: number) => [x: number, y: number] | null;
  /** The pixel in the middle of the view, at which keys act. */
  middle: () => [x: number, y: number] | null;
  /** Moves the view by CSS pixels. @param isAtOnce - without a movement that is seen */
  panBy: (x: number, y: number, isAtOnce?: boolean) => void;
  /** Shows a part, with some room around it. */
  show: (box: { x0: number; y0: number; x1: number; y1: number }) => void;
  redraw: () => void;
  /** Draws with every frame, below what other painters draw or above it. @returns what ends it */
  addPainter: (painter: Painter, side: 'below' | 'above') => () => void;
};
