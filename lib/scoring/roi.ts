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
