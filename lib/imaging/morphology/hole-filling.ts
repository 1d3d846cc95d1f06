import { invertRuns, labelRuns, type Runs } from '@/lib/imaging/runs';

/** Holes of a foreground: `hole[r]` is the number of the hole that run `r` of the background belongs to, 0 for none. */
export type Holes = {
  readonly runs: Runs;
  readonly hole: Int32Array;
  readonly area: Int32Array;
  readonly count: number;
};

/**
 * Finds the background that is not connected (4) with the picture's border.
 *
 * @param foreground - from `findRuns`.
 * @returns runs of the background and their holes, numbered from 1; `area[k]` is hole k's pixels.
 */
export function findHoles(foreground: Runs): Holes {
  const { width, height } = foreground;
  const runs = invertRuns(foreground);
  const { label, count: components } = labelRuns(runs, 4);
  const isOutside = new Uint8Array(components + 1);
  for (let row = 0; row < height; row++) {
    const rowFrom = row * width;
    const isEdgeRow = row === 0 || row === height - 1;
    for (let r = runs.rowStart[row]; r < runs.rowStart[row + 1]; r++)
      if (isEdgeRow || runs.from[r] === rowFrom || runs.to[r] === rowFrom + width) isOutside[label[r]] = 1;
  }
  const number = new Int32Array(components + 1);
  let count = 0;
  for (let c = 1; c <= components; c++) if (isOutside[c] === 0) number[c] = ++count;
  const area = new Int32Array(count + 1);
  const hole = label;
  for (let r = 0; r < runs.count; r++) {
    hole[r] = number[label[r]];
    area[hole[r]] += runs.to[r] - runs.from[r];
  }
  area[0] = 0;
  return { runs, hole, area, count };
}

/**
 * The foreground with its holes filled.
 *
 * @param maxArea - holes of more pixels stay open. Without a limit it matches `scipy.ndimage.binary_fill_holes`.
 */
export function fillHoles(
  foreground: Runs,
  { runs: gaps, hole, area }: Holes,
  maxArea = Number.POSITIVE_INFINITY,
): Runs {
  const { width, height } = foreground;
  const rowStart = new Int32Array(height + 1);
  const from = new Int32Array(foreground.count);
  const to = new Int32Array(foreground.count);
  let count = 0;
  let g = 0;
  for (let row = 0, r = 0; row < height; row++) {
    for (; r < foreground.rowStart[row + 1]; r++) {
      while (g < gaps.count && gaps.to[g] < foreground.from[r]) g++;
      // A hole has foreground on both sides, so a filled gap joins this run to the one before it in this row.
      const isFilled = g < gaps.count && gaps.to[g] === foreground.from[r] && hole[g] > 0 && area[hole[g]] <= maxArea;
      if (isFilled) to[count - 1] = foreground.to[r];
      else {
        from[count] = foreground.from[r];
        to[count++] = foreground.to[r];
      }
    }
    rowStart[row + 1] = count;
  }
  return { width, height, rowStart, from, to, count };
}
