import type { Regions } from './apply-regions';
import type { Polygon } from './roi';

/** Counts the pixels whose centres lie where nuclei count, by the rule of `insideRoi` for the centre of a nucleus. */
export function countRegionPixels({ include, exclude }: Regions, width: number, height: number): number {
  if (include.length === 0 && exclude.length === 0) return width * height;
  const row = new Uint8Array(width);
  // Where nothing is included but in regions, rows beside them have none.
  const tops = include.flatMap((rings) => rings.flatMap((ring) => ring.map(([, y]) => y)));
  const top = include.length === 0 ? 0 : Math.max(0, Math.floor(least(tops)));
  const bottom = include.length === 0 ? height : Math.min(height, Math.ceil(-least(tops.map((y) => -y))));
  let pixels = 0;
  for (let y = top; y < bottom; y++) {
    row.fill(include.length === 0 ? 1 : 0);
    for (const polygon of include) paintRow(row, polygon, y + 0.5, 1);
    for (const polygon of exclude) paintRow(row, polygon, y + 0.5, 0);
    for (let x = 0; x < width; x++) pixels += row[x];
  }
  return pixels;
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

/** Paints the pixels of one row whose centres lie within an odd number of the polygon's rings. */
function paintRow(row: Uint8Array, rings: Polygon, y: number, value: number): void {
  const crossings: number[] = [];
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i];
      const [xj, yj] = ring[j];
      if (yi > y !== yj > y) crossings.push(((xj - xi) * (y - yi)) / (yj - yi) + xi);
    }
  crossings.sort((a, b) => a - b);
  for (let n = 0; n + 1 < crossings.length; n += 2)
    row.fill(value, toColumn(crossings[n], row.length), toColumn(crossings[n + 1], row.length));
}

/** The first column whose centre is at or beyond `x`. */
const toColumn = (x: number, width: number): number => Math.min(width, Math.max(0, Math.ceil(x - 0.5)));
