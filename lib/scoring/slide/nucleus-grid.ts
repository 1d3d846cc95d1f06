import { nucleusCovers, type SlideNuclei } from './slide-nuclei';

/** Nuclei sorted into squares by their centres, so that those of a place are found without looking at all. */
export type NucleusGrid = {
  /** Of a square, in pixels. Square (0, 0) begins at `x`, `y`, in corners of pixels. */
  readonly side: number;
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
  /** Square s, counted row by row, holds the nuclei `members[starts[s]]` to `members[starts[s + 1] - 1]`. */
  readonly starts: Int32Array;
  readonly members: Int32Array;
  /** No point of an outline is farther than this from its centre, but for shapes twelve times as long as wide. */
  readonly reach: number;
};

type Placed = Pick<SlideNuclei, 'count' | 'centroidX' | 'centroidY' | 'areaPx'>;

const NUCLEI_PER_SQUARE = 8;
/** Half the length of an ellipse twelve times as long as wide is about twice the root of its area. */
const reachOf = (areaPx: number) => 2 * Math.sqrt(areaPx) + 1;

/** Centres count from the centre of pixel (0, 0), places from its corner. */
export const CORNER = 0.5;

export function gridNuclei({ count, centroidX, centroidY, areaPx }: Placed): NucleusGrid {
  let [left, top, right, bottom, largest] = [Infinity, Infinity, -Infinity, -Infinity, 0];
  for (let k = 0; k < count; k++) {
    if (centroidX[k] < left) left = centroidX[k];
    if (centroidX[k] > right) right = centroidX[k];
    if (centroidY[k] < top) top = centroidY[k];
    if (centroidY[k] > bottom) bottom = centroidY[k];
    if (areaPx[k] > largest) largest = areaPx[k];
  }
  if (count === 0) [left, top, right, bottom] = [0, 0, 0, 0];
  const side = Math.max(
    16,
    Math.sqrt((NUCLEI_PER_SQUARE * (right - left + 1) * (bottom - top + 1)) / Math.max(1, count)),
  );
  const columns = Math.floor((right - left) / side) + 1;
  const rows = Math.floor((bottom - top) / side) + 1;
  const square = new Int32Array(count);
  const starts = new Int32Array(columns * rows + 1);
  for (let k = 0; k < count; k++) {
    const s = Math.floor((centroidY[k] - top) / side) * columns + Math.floor((centroidX[k] - left) / side);
    square[k] = s;
    starts[s + 1]++;
  }
  for (let s = 0; s < columns * rows; s++) starts[s + 1] += starts[s];
  const next = starts.slice();
  const members = new Int32Array(count);
  for (let k = 0; k < count; k++) members[next[square[k]]++] = k;
  return { side, x: left + CORNER, y: top + CORNER, columns, rows, starts, members, reach: reachOf(largest) };
}

/** The nucleus that covers a point (in corners of pixels); of several, the first; -1 for none. */
export function nucleusAt(nuclei: SlideNuclei, grid: NucleusGrid, point: { x: number; y: number }): number {
  const { side, columns, rows, starts, members, reach } = grid;
  const at = (value: number, last: number) => Math.max(0, Math.min(last, Math.floor(value / side)));
  let found = -1;
  for (let row = at(point.y - reach - grid.y, rows - 1); row <= at(point.y + reach - grid.y, rows - 1); row++) {
    const first = row * columns + at(point.x - reach - grid.x, columns - 1);
    const last = row * columns + at(point.x + reach - grid.x, columns - 1);
    for (let m = starts[first]; m < starts[last + 1]; m++) {
      const k = members[m];
      if (found >= 0 && k > found) continue;
      const [dx, dy] = [nuclei.centroidX[k] + CORNER - point.x, nuclei.centroidY[k] + CORNER - point.y];
      if (dx * dx + dy * dy <= reachOf(nuclei.areaPx[k]) ** 2 && nucleusCovers(nuclei, k, point)) found = k;
    }
  }
  return found;
}
