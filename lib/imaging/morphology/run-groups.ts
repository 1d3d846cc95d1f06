import { labelRuns, type Runs } from '@/lib/imaging/runs';

/** Runs by the component they belong to, and where each component lies. Components are numbered from 0 in raster order. */
export type RunGroups = {
  readonly count: number;
  /** Component c owns the runs `members[start[c]]` to `members[start[c + 1] - 1]`, in raster order. */
  readonly start: Int32Array;
  readonly members: Int32Array;
  /** Pixels. */
  readonly area: Int32Array;
  /** Bounding boxes: `right` and `bottom` are exclusive. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly top: Int32Array;
  readonly bottom: Int32Array;
};

/** Components join through corners. */
export function groupRuns(runs: Runs): RunGroups {
  const { width, height, rowStart, from, to } = runs;
  const { label, count } = labelRuns(runs, 8);
  const area = new Int32Array(count);
  const left = new Int32Array(count).fill(width);
  const right = new Int32Array(count);
  const top = new Int32Array(count).fill(-1);
  const bottom = new Int32Array(count);
  for (let row = 0; row < height; row++)
    for (let r = rowStart[row]; r < rowStart[row + 1]; r++) {
      const c = label[r] - 1;
      area[c] += to[r] - from[r];
      if (from[r] - row * width < left[c]) left[c] = from[r] - row * width;
      if (to[r] - row * width > right[c]) right[c] = to[r] - row * width;
      if (top[c] < 0) top[c] = row;
      bottom[c] = row + 1;
    }
  return { count, ...sortByComponent(label, count, runs.count), area, left, right, top, bottom };
}

/** Counting sort of the runs by component. @param label - of each run, 1 to `count`. */
function sortByComponent(label: Int32Array, count: number, runs: number): Pick<RunGroups, 'start' | 'members'> {
  const start = new Int32Array(count + 1);
  for (let r = 0; r < runs; r++) start[label[r]]++;
  for (let c = 1; c <= count; c++) start[c] += start[c - 1];
  const next = start.slice();
  const members = new Int32Array(runs);
  for (let r = 0; r < runs; r++) members[next[label[r] - 1]++] = r;
  return { start, members };
}
