import type { Mask, Raster } from './raster';

/**
 * The maximal horizontal stretches of equal pixels of a mask, in raster order.
 *
 * Run `r` covers the pixels `from[r]` to `to[r] - 1` (indices into the mask); row `y` owns the runs `rowStart[y]` to
 * `rowStart[y + 1] - 1`. Labelling runs costs time in proportion to the outline, not to the area.
 */
export type Runs = {
  readonly width: number;
  readonly height: number;
  readonly rowStart: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly count: number;
};

/** Components of runs: `label[r]` in 1..count, numbered in raster order of each component's first pixel. */
export type RunLabels = { readonly label: Int32Array; readonly count: number };

const FIRST_RUNS_PER_ROW = 32;

/** Collects the runs of pixels whose value exceeds `above`; by default the foreground of a mask. */
export function findRuns({ data, width, height }: Mask, above = 0): Runs {
  const found = new RunCollector(width, height);
  for (let row = 0, i = 0; row < height; row++) {
    const { from, to } = found.withRoomForRow();
    let count = found.count;
    const end = i + width;
    while (i < end) {
      while (i < end && data[i] <= above) i++;
      if (i === end) break;
      from[count] = i;
      while (i < end && data[i] > above) i++;
      to[count++] = i;
    }
    found.endRow(row, count);
  }
  return found.runs();
}

/** Collects the runs of pixels of an RGB picture whose red and blue, and green if wanted, add up to more than `above`. */
export function findRunsOfSum({ data, width, height }: Raster, withGreen: boolean, above: number): Runs {
  const found = new RunCollector(width, height);
  const green = withGreen ? 255 : 0;
  for (let row = 0, c = 0; row < height; row++) {
    const { from, to } = found.withRoomForRow();
    let count = found.count;
    const end = c + 3 * width;
    while (c < end) {
      while (c < end && data[c] + (data[c + 1] & green) + data[c + 2] <= above) c += 3;
      if (c === end) break;
      from[count] = c / 3;
      while (c < end && data[c] + (data[c + 1] & green) + data[c + 2] > above) c += 3;
      to[count++] = c / 3;
    }
    found.endRow(row, count);
  }
  return found.runs();
}

/** Arrays of runs that grow row by row. */
class RunCollector {
  count = 0;
  private readonly width: number;
  private readonly height: number;
  private readonly rowStart: Int32Array;
  private readonly mostInRow: number;
  private from: Int32Array;
  private to: Int32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.rowStart = new Int32Array(height + 1);
    this.mostInRow = (width + 1) >> 1;
    this.from = new Int32Array(height * FIRST_RUNS_PER_ROW + this.mostInRow);
    this.to = new Int32Array(this.from.length);
  }

  /** The arrays, in which a whole row fits behind the first `count` runs. */
  withRoomForRow(): { from: Int32Array; to: Int32Array } {
    if (this.count + this.mostInRow > this.from.length) {
      const capacity = this.from.length * 2 + this.mostInRow;
      this.from = enlarged(this.from, capacity);
      this.to = enlarged(this.to, capacity);
    }
    return { from: this.from, to: this.to };
  }

  endRow(row: number, count: number): void {
    this.count = count;
    this.rowStart[row + 1] = count;
  }

  runs(): Runs {
    const { width, height, rowStart, from, to, count } = this;
    return { width, height, rowStart, from, to, count };
  }
}

/** Fewer values than these are written faster one by one. */
const SHORT_RUN = 48;

/** Writes one value into [from, to). Most runs are short. */
export function fillRun(data: Int32Array, value: number, from: number, to: number): void {
  if (to - from < SHORT_RUN) for (let i = from; i < to; i++) data[i] = value;
  else data.fill(value, from, to);
}

/** The pixels that no run covers. */
export const invertRuns = (runs: Runs): Runs => subtractRuns(wholeRows(runs.width, runs.height), runs);

function wholeRows(width: number, height: number): Runs {
  const rowStart = Int32Array.from({ length: height + 1 }, (_, row) => row);
  return {
    width,
    height,
    rowStart,
    from: rowStart.map((row) => row * width),
    to: rowStart.map((row) => (row + 1) * width),
    count: height,
  };
}

/** The pixels that `runs` covers and `taken` does not; both of one picture. */
export function subtractRuns(runs: Runs, taken: Runs): Runs {
  const { width, height } = runs;
  const rowStart = new Int32Array(height + 1);
  const from = new Int32Array(runs.count + taken.count);
  const to = new Int32Array(runs.count + taken.count);
  let count = 0;
  let t = 0;
  for (let row = 0, r = 0; row < height; row++) {
    for (; r < runs.rowStart[row + 1]; r++) {
      const end = runs.to[r];
      let begin = runs.from[r];
      while (t < taken.count && taken.to[t] <= begin) t++;
      for (; t < taken.count && taken.from[t] < end; t++) {
        if (taken.from[t] > begin) {
          from[count] = begin;
          to[count++] = taken.from[t];
        }
        begin = taken.to[t];
        if (begin >= end) break;
      }
      if (begin < end) {
        from[count] = begin;
        to[count++] = end;
      }
    }
    rowStart[row + 1] = count;
  }
  return { width, height, rowStart, from, to, count };
}

/** Joins runs of neighbouring rows that touch, through edges (4) or also corners (8). */
export function labelRuns(runs: Runs, connectivity: 4 | 8): RunLabels {
  const { width, height, rowStart, from, to, count } = runs;
  const parent = new Int32Array(count);
  for (let r = 0; r < count; r++) parent[r] = r;
  const reach = connectivity === 8 ? 1 : 0;
  for (let row = 1; row < height; row++) {
    const aboveEnd = rowStart[row];
    let above = rowStart[row - 1];
    for (let r = aboveEnd; r < rowStart[row + 1]; r++) {
      const left = from[r] - width - reach;
      const right = to[r] - width + reach;
      while (above < aboveEnd && to[above] <= left) above++;
      for (let a = above; a < aboveEnd && from[a] < right; a++) unite(parent, a, r);
    }
  }
  // The root of a set is its first run, so roots are numbered in raster order.
  const label = new Int32Array(count);
  let components = 0;
  for (let r = 0; r < count; r++) label[r] = parent[r] === r ? ++components : label[findRoot(parent, r)];
  return { label, count: components };
}

function findRoot(parent: Int32Array, start: number): number {
  let r = start;
  while (parent[r] !== r) {
    parent[r] = parent[parent[r]];
    r = parent[r];
  }
  return r;
}

function unite(parent: Int32Array, a: number, b: number): void {
  const rootA = findRoot(parent, a);
  const rootB = findRoot(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}

function enlarged(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}
