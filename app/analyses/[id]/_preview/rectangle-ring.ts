import type { Box } from './live-protocol';

/** The corners of a rectangle as a ring of GeoJSON: closed. */
export const rectangleRing = ({ x0, y0, x1, y1 }: Box): [x: number, y: number][] => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
  [x0, y0],
];
