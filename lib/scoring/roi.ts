/** Polygons in image pixels (x right, y down): outer ring first, then holes, as in GeoJSON. */
export type Polygon = readonly (readonly (readonly [x: number, y: number])[])[];

/**
 * Whether a point lies in any of the polygons: inside an odd number of one polygon's rings.
 *
 * @param x - image pixels; a pixel's centre is its index + 0.5
 * @see Shimrat 1962, doi:10.1145/368637.368653 (crossing number)
 */
export function isInsideRoi(polygons: readonly Polygon[], x: number, y: number): boolean {
  return polygons.some((rings) => {
    let inside = false;
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [xi, yi] = ring[i]!;
        const [xj, yj] = ring[j]!;
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
      }
    }
    return inside;
  });
}

type Point = readonly [x: number, y: number];

/** Which share of a polygon's outer ring, by area, lies in the picture; 1 for one without an area. */
export function shareInside(polygon: Polygon, width: number, height: number): number {
  const ring = polygon[0] ?? [];
  const whole = Math.abs(areaOf(ring));
  if (whole === 0) return 1;
  const clipped = [
    { axis: 0, limit: 0, sign: 1 },
    { axis: 0, limit: width, sign: -1 },
    { axis: 1, limit: 0, sign: 1 },
    { axis: 1, limit: height, sign: -1 },
  ].reduce<readonly Point[]>((points, edge) => clip(points, edge), ring);
  return Math.abs(areaOf(clipped)) / whole;
}

/** Positive in one direction, negative in the other. */
function areaOf(ring: readonly Point[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    sum += xj * yi - xi * yj;
  }
  return sum / 2;
}

/** The part of a ring on one side of a line. @see Sutherland and Hodgman 1974, doi:10.1145/360767.360802 */
function clip(ring: readonly Point[], { axis, limit, sign }: { axis: number; limit: number; sign: number }): Point[] {
  const depth = (point: Point) => sign * (point[axis]! - limit);
  const kept: Point[] = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [from, to] = [ring[j]!, ring[i]!];
    const [before, after] = [depth(from), depth(to)];
    if (before >= 0 !== after >= 0) {
      const t = before / (before - after);
      kept.push([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]);
    }
    if (after >= 0) kept.push(to);
  }
  return kept;
}
