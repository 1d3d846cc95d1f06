/** x to the right, y down. */
export type Point = readonly [x: number, y: number];
/** Closed: the last point equals the first. */
export type Ring = readonly Point[];

/**
 * Leaves out points of a line, so that none of them lies farther than `tolerance` from the simpler line. Its ends stay.
 *
 * @returns the places of the points that stay
 * @see Douglas and Peucker 1973, doi:10.3138/FM57-6770-U75U-7727
 */
export function simplifyLine(
  points: readonly Point[],
  tolerance: number,
  first = 0,
  last = points.length - 1,
): number[] {
  const kept = [first, last];
  const open: [first: number, last: number][] = [[first, last]];
  for (let part = open.pop(); part; part = open.pop()) {
    const { place, distance } = farthestBetween(points, ...part);
    if (distance <= tolerance * tolerance) continue;
    kept.push(place);
    open.push([part[0], place], [place, part[1]]);
  }
  return kept.sort((a, b) => a - b);
}

/** The point between two others that lies farthest from the line between them; its distance is squared, -1 for none. */
export function farthestBetween(
  points: readonly Point[],
  first: number,
  last: number,
): { place: number; distance: number } {
  const farthest = { place: -1, distance: -1 };
  for (let i = first + 1; i < last; i++) {
    const distance = squaredDistance(points[i], points[first], points[last]);
    if (distance > farthest.distance) [farthest.distance, farthest.place] = [distance, i];
  }
  return farthest;
}

/** The same for a ring: its first point stays. All points stay when it would lose its area or turn over. */
export function simplifyRing(ring: Ring, tolerance: number): number[] {
  let [far, most] = [0, 0];
  for (let i = 1; i < ring.length; i++) {
    const distance = (ring[i][0] - ring[0][0]) ** 2 + (ring[i][1] - ring[0][1]) ** 2;
    if (distance > most) [most, far] = [distance, i];
  }
  const kept = [...simplifyLine(ring, tolerance, 0, far), ...simplifyLine(ring, tolerance, far).slice(1)];
  return areaOf(kept.map((i) => ring[i])) * areaOf(ring) > 0 ? kept : ring.map((_, i) => i);
}

/** Positive if the ring is clockwise on the screen. */
export function areaOf(ring: Ring): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return twice / 2;
}

/** From a point to the stretch between two others. */
function squaredDistance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [ux, uy] = [bx - ax, by - ay];
  const length = ux * ux + uy * uy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * ux + (y - ay) * uy) / length));
  return (x - ax - t * ux) ** 2 + (y - ay - t * uy) ** 2;
}
