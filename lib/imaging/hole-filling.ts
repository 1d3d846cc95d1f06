import type { Mask } from './raster';
import { findRuns, labelRuns } from './runs';

/**
 * Sets, in place, the background pixels that cannot reach the picture's border through background edges.
 *
 * @param mask - (height, width) 0/1; holes become 1. Matches `scipy.ndimage.binary_fill_holes` when no limit is given.
 * @param maxArea - holes of more pixels than this stay open.
 */
export function fillHoles(mask: Mask, maxArea = Number.POSITIVE_INFINITY): void {
  const { data, width, height } = mask;
  const runs = findRuns(mask, 0);
  const { label, count } = labelRuns(runs, 4);
  const area = new Float64Array(count + 1);
  for (let row = 0; row < height; row++) {
    const rowFrom = row * width;
    const isEdgeRow = row === 0 || row === height - 1;
    for (let r = runs.rowStart[row]; r < runs.rowStart[row + 1]; r++) {
      const touchesBorder = isEdgeRow || runs.from[r] === rowFrom || runs.to[r] === rowFrom + width;
      area[label[r]] += touchesBorder ? Number.POSITIVE_INFINITY : runs.to[r] - runs.from[r];
    }
  }
  for (let r = 0; r < runs.count; r++) {
    const pixels = area[label[r]];
    if (pixels === Number.POSITIVE_INFINITY || pixels > maxArea) continue;
    for (let i = runs.from[r]; i < runs.to[r]; i++) data[i] = 1;
  }
}
