import type { AnnotationShape } from '@/lib/contracts/annotation';
import { type Box, boundsOf, type Point, type Polygons, roundTo } from './points';

/** A polygon of this many corners is nowhere farther from the ellipse than a thousandth of its radius. */
const ELLIPSE_CORNERS = 72;

export const boxOf = ([ax, ay]: Point, [bx, by]: Point): Box => ({
  x0: roundTo(Math.min(ax, bx)),
  y0: roundTo(Math.min(ay, by)),
  x1: roundTo(Math.max(ax, bx)),
  y1: roundTo(Math.max(ay, by)),
});

export const rectangleIn = ({ x0, y0, x1, y1 }: Box): Polygons => [
  [
    [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ],
  ],
];

export function ellipseIn({ x0, y0, x1, y1 }: Box): Polygons {
  const [cx, cy, rx, ry] = [(x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2];
  const ring = Array.from({ length: ELLIPSE_CORNERS }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / ELLIPSE_CORNERS;
    return [roundTo(cx + rx * Math.cos(angle)), roundTo(cy + ry * Math.sin(angle))];
  });
  return [[ring]];
}

/** The outline of a rectangle or an ellipse in a box. */
export const shapeIn = (shape: Exclude<AnnotationShape, 'polygon'>, box: Box): Polygons =>
  shape === 'rectangle' ? rectangleIn(box) : ellipseIn(box);

/** Whether the outline is still what the name of its shape says: a file may claim anything. */
export function isTrueShape(shape: AnnotationShape, polygons: Polygons): boolean {
  if (shape === 'polygon') return true;
  const wanted = shapeIn(shape, boundsOf(polygons))[0]?.[0] ?? [];
  const [ring] = polygons[0] ?? [];
  if (polygons.length !== 1 || polygons[0]?.length !== 1 || ring?.length !== wanted.length) return false;
  // The ring may begin at any corner, and go either way.
  return ring.every((point) => wanted.some(([x, y]) => Math.hypot(x - point[0], y - point[1]) < 0.05));
}
