/** Points sorted into square cells, so that those near a place are found without looking at all. */
export type NeighbourGrid = {
  /** Of a cell, in the unit of the points. */
  readonly side: number;
  /** Corner of the first cell. */
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  /** The points of cell c, counted row by row, are `points[start[c]]` to `points[start[c + 1] - 1]`. */
  readonly start: Int32Array;
  readonly points: Int32Array;
};

/** A few points far apart get larger cells, so that there are never many more cells than points. */
const MOST_CELLS = { perPoint: 4, atLeast: 64 };

/** @param side - wanted; the cells of few points are larger. */
export function buildGrid(x: Float64Array, y: Float64Array, side: number): NeighbourGrid {
  const count = x.length;
  if (count === 0) {
    return { side, left: 0, top: 0, columns: 0, rows: 0, start: new Int32Array(1), points: new Int32Array(0) };
  }
  let [left, top, right, bottom] = [x[0], y[0], x[0], y[0]];
  for (let k = 1; k < count; k++) {
    left = Math.min(left, x[k]);
    right = Math.max(right, x[k]);
    top = Math.min(top, y[k]);
    bottom = Math.max(bottom, y[k]);
  }
  const cellsAlong = (length: number, of: number) => Math.floor(length / of) + 1;
  const most = MOST_CELLS.perPoint * count + MOST_CELLS.atLeast;
  let fit = side;
  while (cellsAlong(right - left, fit) * cellsAlong(bottom - top, fit) > most) fit *= 2;
  const [columns, rows] = [cellsAlong(right - left, fit), cellsAlong(bottom - top, fit)];
  const cellOf = (k: number) => Math.floor((y[k] - top) / fit) * columns + Math.floor((x[k] - left) / fit);
  const start = new Int32Array(columns * rows + 1);
  for (let k = 0; k < count; k++) start[cellOf(k) + 1]++;
  for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
  const next = start.slice();
  const points = new Int32Array(count);
  for (let k = 0; k < count; k++) points[next[cellOf(k)]++] = k;
  return { side: fit, left, top, columns, rows, start, points };
}
