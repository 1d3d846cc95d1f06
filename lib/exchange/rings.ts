import type { Point, Ring } from './coordinate-frame';

/** Of a closed ring; positive where it runs as RFC 7946 has outer rings run. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  for (let i = 0; i + 1 < ring.length; i++) twice += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return twice / 2;
}

/**
 * A ring as it may leave: closed, no point twice in a row, no spike that runs out and back, and turned as RFC 7946 wants
 * it; null when nothing of it has an area. A ring that is so already is kept point by point.
 */
export function tidyRing(ring: Ring, isHole: boolean): Ring | null {
  const points: Point[] = [];
  for (const point of ring) {
    while (points.length >= 2 && turnsBack(points[points.length - 2], points[points.length - 1], point)) points.pop();
    if (points.length === 0 || !isSame(points[points.length - 1], point)) points.push(point);
  }
  // The same where the end meets the beginning.
  for (;;) {
    const [first, second] = points;
    const [before, last] = points.slice(-2);
    if (points.length < 3) return null;
    if (isSame(last, first) || turnsBack(before, last, first)) points.pop();
    else if (turnsBack(last, first, second)) points.shift();
    else break;
  }
  const closed = [...points, points[0]];
  const area = signedArea(closed);
  if (area === 0) return null;
  return area < 0 === isHole ? closed : closed.reverse();
}

const isSame = (a: Point, b: Point) => a[0] === b[0] && a[1] === b[1];

function turnsBack([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): boolean {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - bx, cy - by];
  return ux * vy - uy * vx === 0 && ux * vx + uy * vy < 0;
}
