import type { Mask } from './raster';
import { findRuns, labelRuns, type Runs } from './runs';

/** Holes of a mask: `hole[r]` is the number of the hole that run `r` of the background belongs to, 0 for no hole. */
export type Holes = {
  readonly runs: Runs;
  readonly hole: Int32Array;
  readonly area: Int32Array;
  readonly count: number;
};

/**
 * Finds the background that cannot reach the picture's border through background edges.
 *
 * @param mask - (height, width) 0/1.
 * @returns runs of the background and their holes, numbered from 1; `area[k]` is hole k's pixels.
 */
export function findHoles(mask: Mask): Holes {
  const { width, height } = mask;
  const runs = findRuns(mask, 0);
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
 * Sets, in place, the holes of a mask.
 *
 * @param maxArea - holes of more pixels stay open. Without a limit: `scipy.ndimage.binary_fill_holes`.
 */
export function fillHoles(mask: Mask, { runs, hole, area }: Holes, maxArea = Number.POSITIVE_INFINITY): void {
  for (let r = 0; r < runs.count; r++)
    if (hole[r] > 0 && area[hole[r]] <= maxArea) mask.data.fill(1, runs.from[r], runs.to[r]);
}
