import {
  type Box,
  boundsOf,
  contains,
  distance,
  distanceToEdge,
  nearestOnLine,
  type Point,
  type Polygons,
  roundTo,
} from '@/lib/annotations/points';
import { boxOf, isTrueShape, shapeIn } from '@/lib/annotations/shapes';
import type { Annotation } from '@/lib/contracts/annotation';
import { clipping } from './clipping';

/** A corner of a polygon: which polygon, which of its rings, which point. */
export type Corner = { readonly polygon: number; readonly ring: number; readonly index: number };

export const isSameCorner = (a: Corner, b: Corner): boolean =>
  a.polygon === b.polygon && a.ring === b.ring && a.index === b.index;

/** What is held of an annotation while it is dragged. */
export type Grab =
  /** A side or a corner of the box of a rectangle or an ellipse: -1 is left or upper, 1 right or lower, 0 neither. */
  | { kind: 'side'; x: -1 | 0 | 1; y: -1 | 0 | 1 }
  | { kind: 'corner'; corner: Corner }
  /** An edge, that of a corner to the one after: it gets a new corner. */
  | { kind: 'edge'; corner: Corner }
  | { kind: 'body' };

const SIDES = [-1, 0, 1] as const;

const isBoxed = (annotation: Annotation): boolean =>
  annotation.shape !== 'polygon' && isTrueShape(annotation.shape, annotation.polygons);

/** Where the handles of an annotation are. */
export function handlesOf(annotation: Annotation): { at: Point; grab: Grab }[] {
  if (isBoxed(annotation)) {
    const { x0, y0, x1, y1 } = boundsOf(annotation.polygons);
    const place = (side: number, low: number, high: number) => (side < 0 ? low : side > 0 ? high : (low + high) / 2);
    return SIDES.flatMap((x) =>
      SIDES.filter((y) => x !== 0 || y !== 0).map((y) => ({
        at: [place(x, x0, x1), place(y, y0, y1)] as Point,
        grab: { kind: 'side' as const, x, y },
      })),
    );
  }
  return annotation.polygons.flatMap((rings, polygon) =>
    rings.flatMap((points, ring) =>
      points.map((at, index) => ({ at, grab: { kind: 'corner' as const, corner: { polygon, ring, index } } })),
    ),
  );
}

/**
 * What a press at a place takes hold of.
 *
 * @param reach - how near to a handle or an edge it must be, in pixels of the slide
 */
export function grabAt(annotation: Annotation, at: Point, reach: number): Grab | null {
  let nearest: { off: number; grab: Grab } | null = null;
  for (const { at: handle, grab } of handlesOf(annotation)) {
    const off = distance(handle, at);
    if (off <= reach && (!nearest || off < nearest.off)) nearest = { off, grab };
  }
  if (nearest) return nearest.grab;
  if (!isBoxed(annotation)) {
    const corner = edgeAt(annotation.polygons, at, reach);
    if (corner) return { kind: 'edge', corner };
  }
  const isOnBody = annotation.class !== 'tissue' && contains(annotation.polygons, at);
  return isOnBody || distanceToEdge(annotation.polygons, at) <= reach ? { kind: 'body' } : null;
}

function edgeAt(polygons: Polygons, at: Point, reach: number): Corner | null {
  let nearest: { off: number; corner: Corner } | null = null;
  for (const [polygon, rings] of polygons.entries())
    for (const [ring, points] of rings.entries())
      for (const [index, from] of points.entries()) {
        const to = points[(index + 1) % points.length] as Point;
        const off = distance(at, nearestOnLine(at, from, to));
        if (off <= reach && (!nearest || off < nearest.off)) nearest = { off, corner: { polygon, ring, index } };
      }
  return nearest?.corner ?? null;
}

const withPoints = (polygons: Polygons, { polygon, ring }: Corner, change: (points: Point[]) => Point[]): Polygons =>
  polygons.map((rings, i) =>
    i === polygon ? rings.map((points, j) => (j === ring ? change([...points]) : points)) : rings,
  );

/** The outline after what is held was dragged to a place. It may cross itself until `settle`. */
export function dragTo(annotation: Annotation, grab: Exclude<Grab, { kind: 'body' }>, [x, y]: Point): Polygons {
  const { polygons, shape } = annotation;
  const at: [number, number] = [roundTo(x), roundTo(y)];
  if (grab.kind === 'side') {
    const { x0, y0, x1, y1 } = boundsOf(polygons);
    const from: Point = [grab.x < 0 ? at[0] : x0, grab.y < 0 ? at[1] : y0];
    const to: Point = [grab.x > 0 ? at[0] : x1, grab.y > 0 ? at[1] : y1];
    return shape === 'polygon' ? polygons : shapeIn(shape, boxOf(from, to));
  }
  const { index } = grab.corner;
  return withPoints(polygons, grab.corner, (points) => {
    if (grab.kind === 'corner') points[index] = at;
    else points.splice(index + 1, 0, at);
    return points;
  });
}

/** What is held on with after the first step: a corner that was added is dragged on. */
export const heldAfter = (grab: Grab): Grab =>
  grab.kind === 'edge' ? { kind: 'corner', corner: { ...grab.corner, index: grab.corner.index + 1 } } : grab;

/** The outline without a corner. A ring that would have less than three goes; null where nothing is left. */
export function withoutCorner(polygons: Polygons, corner: Corner): Polygons | null {
  const fewer = withPoints(polygons, corner, (points) => points.filter((_, i) => i !== corner.index))
    .map((rings) => ((rings[0]?.length ?? 0) < 3 ? [] : rings.filter((points) => points.length >= 3)))
    .filter((rings) => rings.length > 0);
  return fewer.length === 0 ? null : fewer;
}

/** The outline that is stored after an edit: within the slide, with no ring that crosses; null where nothing is left. */
export function settle(annotation: Annotation, slide: Box): Annotation | null {
  const isBox = isBoxed(annotation);
  const { clipTo, untangled } = clipping();
  const polygons = isBox ? clipTo(annotation.polygons, slide) : clipTo(untangled(annotation.polygons), slide);
  if (polygons.length === 0) return null;
  const isStill = isBox && polygons === annotation.polygons;
  return { ...annotation, polygons, ...(!isStill && { shape: shapeAfter(annotation, polygons) }) };
}

/** A rectangle that the edge of the slide cuts is still one. */
const shapeAfter = ({ shape }: Annotation, polygons: Polygons): Annotation['shape'] =>
  shape === 'rectangle' && isTrueShape('rectangle', polygons) ? 'rectangle' : 'polygon';

/**
 * The annotation that a click means: the smallest one that it lies in, or whose outline it is near. Tissue is large, so only its
 * outline is clicked.
 */
export function annotationAt(annotations: readonly Annotation[], at: Point, reach: number): Annotation | null {
  let found: { size: number; annotation: Annotation } | null = null;
  for (const annotation of annotations) {
    if (annotation.is_hidden) continue;
    const { x0, y0, x1, y1 } = boundsOf(annotation.polygons);
    if (at[0] < x0 - reach || at[0] > x1 + reach || at[1] < y0 - reach || at[1] > y1 + reach) continue;
    const isHit =
      (annotation.class !== 'tissue' && contains(annotation.polygons, at)) ||
      distanceToEdge(annotation.polygons, at) <= reach;
    const size = (x1 - x0) * (y1 - y0);
    if (isHit && (!found || size <= found.size)) found = { size, annotation };
  }
  return found?.annotation ?? null;
}
