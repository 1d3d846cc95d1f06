/** Size of the field: an area, or the smallest field with a number of nuclei. */
export type FieldSize =
  | { readonly kind: 'area'; readonly areaPx: number }
  | { readonly kind: 'nuclei'; readonly nuclei: number };

/** The nuclei that may lie in the field. Entry `k` of each belongs to one nucleus. */
export type FieldNuclei = {
  /** Centroids in pixels: the centre of pixel (0, 0) is (0, 0). */
  readonly centroidX: Float64Array;
  readonly centroidY: Float64Array;
  /** 1 = counts. */
  readonly counted: Uint8Array;
  readonly positive: Uint8Array;
};

/** A square field; corners in whole image pixels, x1 and y1 exclusive. */
export type HotSpot = {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly total: number;
  readonly positive: number;
};

/** Least number of grid cells along the shorter side of the image. Fields are moved by one cell. */
const GRID_CELLS = 128;
/** A field needs at least this share of the nuclei of the fullest field; the index of fewer nuclei says too little. */
const THINNEST_SHARE = 1 / 3;

/**
 * Finds the square field with the highest labeling index.
 *
 * Fields lie on a grid inside the image. Their nuclei are counted from sums over the grid, so the cost per field does not
 * depend on the number of nuclei. Of fields with equal indices the one with more nuclei wins. A nucleus belongs to the
 * field that contains its centre, as with regions.
 *
 * @returns null when there are no nuclei, or fewer than the field should hold, or the field is larger than the image
 */
export function findHotSpot(
  nuclei: FieldNuclei,
  image: { width: number; height: number },
  size: FieldSize,
): HotSpot | null {
  return findHotSpots(nuclei, image, size, { cell: cellOf(image), most: 1 })[0] ?? null;
}

/** By how many pixels the fields of an image are moved. */
export const cellOf = ({ width, height }: { width: number; height: number }): number =>
  Math.max(1, Math.floor(Math.min(width, height) / GRID_CELLS));

/**
 * The best fields that do not overlap: the hottest first, then each time the hottest of those that are left beside it.
 *
 * @param cell - by how many pixels fields are moved: whole, at least 1.
 * @param most - how many are wanted.
 * @param largestSide - of a field with a number of nuclei, in pixels; by default that of the image.
 */
export function findHotSpots(
  nuclei: FieldNuclei,
  image: { width: number; height: number },
  size: FieldSize,
  { cell, most, largestSide = Infinity }: { cell: number; most: number; largestSide?: number },
): HotSpot[] {
  const grid = countOnGrid(nuclei, image, cell);
  const fields =
    size.kind === 'area'
      ? fieldsOfArea(grid, size.areaPx)
      : fieldsOfNuclei(grid, size.nuclei, Math.max(1, Math.floor(largestSide / cell)));
  const thinnest = Math.max(1, THINNEST_SHARE * fields.reduce((fullest, field) => Math.max(fullest, field.total), 0));
  let candidates = fields.filter((field) => field.total >= thinnest);
  const found: Field[] = [];
  while (found.length < most && candidates.length > 0) {
    const best = candidates.reduce((hottest, field) => (isHotter(field, hottest) ? field : hottest));
    found.push(best);
    candidates = candidates.filter((field) => !overlap(field, best));
  }
  return found.map(({ column, row, side, total, positive }) => ({
    x0: column * cell,
    y0: row * cell,
    x1: Math.min(image.width, (column + side) * cell),
    y1: Math.min(image.height, (row + side) * cell),
    total,
    positive,
  }));
}

/** A field in cells of the grid. */
type Field = { column: number; row: number; side: number; total: number; positive: number };

const overlap = (a: Field, b: Field) =>
  a.column < b.column + b.side && b.column < a.column + a.side && a.row < b.row + b.side && b.row < a.row + a.side;

/** Summed-area tables: entry (row, column) is the sum over all cells above and to the left. The first row and column are 0. */
type Grid = { cell: number; columns: number; rows: number; totals: Int32Array; positives: Int32Array };

const isHotter = (a: Field, b: Field) => {
  const difference = a.positive * b.total - b.positive * a.total;
  return difference > 0 || (difference === 0 && a.total > b.total);
};

function countOnGrid(
  { centroidX, centroidY, counted, positive }: FieldNuclei,
  image: { width: number; height: number },
  cell: number,
): Grid {
  const columns = Math.ceil(image.width / cell);
  const rows = Math.ceil(image.height / cell);
  const stride = columns + 1;
  const totals = new Int32Array(stride * (rows + 1));
  const positives = new Int32Array(stride * (rows + 1));
  for (let k = 0; k < counted.length; k++) {
    if (counted[k] === 0) continue;
    const column = Math.min(columns - 1, Math.floor((centroidX[k] + 0.5) / cell));
    const row = Math.min(rows - 1, Math.floor((centroidY[k] + 0.5) / cell));
    const i = (row + 1) * stride + column + 1;
    totals[i]++;
    positives[i] += positive[k];
  }
  for (const sums of [totals, positives])
    for (let row = 1; row <= rows; row++)
      for (let column = 1, i = row * stride + 1; column <= columns; column++, i++)
        sums[i] += sums[i - 1] + sums[i - stride] - sums[i - stride - 1];
  return { cell, columns, rows, totals, positives };
}

function sumOf(sums: Int32Array, { columns }: Grid, column: number, row: number, side: number): number {
  const stride = columns + 1;
  const [top, bottom] = [row * stride, (row + side) * stride];
  return sums[bottom + column + side] - sums[bottom + column] - sums[top + column + side] + sums[top + column];
}

function fieldAt(grid: Grid, column: number, row: number, side: number): Field {
  const total = sumOf(grid.totals, grid, column, row, side);
  return { column, row, side, total, positive: sumOf(grid.positives, grid, column, row, side) };
}

function fieldsOfArea(grid: Grid, areaPx: number): Field[] {
  const side = Math.max(1, Math.round(Math.sqrt(areaPx) / grid.cell));
  const fields: Field[] = [];
  for (let row = 0; row + side <= grid.rows; row++)
    for (let column = 0; column + side <= grid.columns; column++) fields.push(fieldAt(grid, column, row, side));
  return fields;
}

/** For every cell as the upper left corner, the smallest square with enough nuclei. */
function fieldsOfNuclei(grid: Grid, nuclei: number, largestSide: number): Field[] {
  const fields: Field[] = [];
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) {
      let low = 1;
      let high = Math.min(largestSide, grid.rows - row, grid.columns - column);
      if (sumOf(grid.totals, grid, column, row, high) < nuclei) continue;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sumOf(grid.totals, grid, column, row, middle) >= nuclei) high = middle;
        else low = middle + 1;
      }
      fields.push(fieldAt(grid, column, row, low));
    }
  return fields;
}
