import type { Point, Ring } from './coordinate-frame';

/** Area of a closed ring: positive if it turns as outer rings do in RFC 7946. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  for (let i = 0; i + 1 < ring.length; i++) twice += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  return twice / 2;
}

/**
 * Makes a ring valid: closed, without repeated points or spikes, and turned as in RFC 7946. A valid ring is not changed.
 *
 * @returns null if the ring has no area
 */
export function tidyRing(ring: Ring, isHole: boolean): Ring | null {
  const points: Point[] = [];
  for (const point of ring) {
    while (points.length >= 2 && turnsBack(points[points.length - 2], points[points.length - 1], point)) points.pop();
    if (points.length === 0 || !isSame(points[points.length - 1], point)) points.push(point);
  }
  // The same between the end and the start of the ring.
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
