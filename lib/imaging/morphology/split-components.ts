import type { LabelMap } from '@/lib/imaging/raster';
import { fillRun, type Runs } from '@/lib/imaging/runs';
import { squaredDistances } from './distance-transform';
import { findPeaks, type PeakScratch, peakScratch } from './peaks';
import { groupRuns, type RunGroups } from './run-groups';
import { CLOSED, floodWindow, LevelQueue } from './watershed';

const HIGHEST_LEVEL = 65535;

/**
 * Labels the foreground, cutting components that have several peaks along the valleys between them.
 *
 * In each component the distance to its edge is a landscape. Its prominent peaks become seeds of a watershed of the
 * inverted landscape.
 *
 * @param runs - the foreground; components join through corners.
 * @param levelsPerPx - resolution of the landscape; a distance of a pixel or more has level 1 at least, 65534 at most.
 * @param minProminence - levels, see `findPeaks`.
 * @param smallestSplit - components of fewer pixels are not cut.
 * @param isChosen - components that are not chosen are not cut either; all are by default.
 * @returns a new label map, the number of labels, each 8-connected, and the component that label k was cut from in
 *   `component[k - 1]`: its number in `groups`.
 */
export function splitComponents(
  runs: Runs,
  levelsPerPx: number,
  minProminence: number,
  smallestSplit: number,
  isChosen: (groups: RunGroups, component: number) => boolean = () => true,
): { labelMap: LabelMap; count: number; groups: RunGroups; component: Int32Array } {
  const { width, height } = runs;
  const groups = groupRuns(runs);
  const work: Work = { runs, groups, levelsPerPx, minProminence, memory: allocateFor(runs, groups) };
  const data = new Int32Array(width * height);
  const component: number[] = [];
  let labels = 0;
  for (let c = 0; c < groups.count; c++) {
    const isCut = groups.area[c] >= smallestSplit && isChosen(groups, c);
    const parts = isCut ? cutComponent(work, c, data, labels) : 1;
    if (parts === 1) paintWhole(work, c, data, labels + 1);
    labels += parts;
    while (component.length < labels) component.push(c);
  }
  return { labelMap: { data, width, height }, count: labels, groups, component: Int32Array.from(component) };
}

type Work = {
  readonly runs: Runs;
  readonly groups: RunGroups;
  readonly levelsPerPx: number;
  readonly minProminence: number;
  readonly memory: Memory;
};

/**
 * Memory for one component at a time, allocated once for the largest. Most components are small, so that what they use
 * of it stays in the cache.
 *
 * A component has two frames. Its cutout is the bounding box and one pixel around it, clipped by the picture: distances
 * are measured there, since outside of the picture there is no background. Its window has a closed pixel on all sides, so
 * that the search for peaks and the flood need no test for the border.
 */
type Memory = {
  /** The component's runs in its cutout. */
  readonly rowStart: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Squared distances in the cutout; all 0 between components. */
  readonly squared: Int32Array;
  /** Pixels of the cutout that no neighbour exceeds. */
  readonly maxima: Int32Array;
  /** The landscape in the window, then the relief; all 0 between components. */
  readonly level: Uint16Array;
  /** The component's pixels in the window, in raster order. The flood overwrites them. */
  readonly pixels: Int32Array;
  readonly peakScratch: PeakScratch;
  /** Labels in the window; all `CLOSED` between components. */
  readonly labels: Int32Array;
  readonly queue: LevelQueue;
};

function allocateFor(runs: Runs, { count, start, left, right, top, bottom }: RunGroups): Memory {
  let largestWindow = 0;
  let mostRuns = 0;
  for (let c = 0; c < count; c++) {
    largestWindow = Math.max(largestWindow, (right[c] - left[c] + 2) * (bottom[c] - top[c] + 2));
    mostRuns = Math.max(mostRuns, start[c + 1] - start[c]);
  }
  const scratch = peakScratch(largestWindow);
  // Used one after the other: maxima are found before pixels are listed, and pixels are read before the flood begins.
  const indices = new Int32Array(largestWindow);
  return {
    rowStart: new Int32Array(runs.height + 3),
    from: new Int32Array(mostRuns),
    to: new Int32Array(mostRuns),
    squared: new Int32Array(largestWindow),
    maxima: indices,
    level: new Uint16Array(largestWindow),
    pixels: indices,
    peakScratch: scratch,
    // After a search all parents are -1 again, which is `CLOSED`.
    labels: scratch.parent,
    queue: new LevelQueue(indices),
  };
}

/** Cuts a component into parts labelled from `labels + 1` on; returns their number, and labels nothing if it is 1. */
function cutComponent(work: Work, c: number, data: Int32Array, labels: number): number {
  const { squared } = work.memory;
  const cutout = cutOut(work, c);
  squaredDistances(cutout, squared);
  const parts = hasOnePeak(work, cutout) ? 1 : floodFromPeaks(work, c, cutout, data, labels);
  for (let r = 0; r < cutout.count; r++) fillRun(squared, 0, cutout.from[r], cutout.to[r]);
  return parts;
}

/** The runs of one component in its cutout, whose corner lies at `x0`, `y0` of the picture. */
type Cutout = Runs & {
  readonly x0: number;
  readonly y0: number;
  /** False at the picture's border. */
  readonly hasBackgroundAround: boolean;
};

function cutOut({ runs, groups, memory }: Work, c: number): Cutout {
  const { width: pictureWidth, height: pictureHeight } = runs;
  const { left, right, top, bottom, start, members } = groups;
  const { rowStart, from, to } = memory;
  const [x0, y0] = [Math.max(0, left[c] - 1), Math.max(0, top[c] - 1)];
  const [x1, y1] = [Math.min(pictureWidth, right[c] + 1), Math.min(pictureHeight, bottom[c] + 1)];
  const [width, height] = [x1 - x0, y1 - y0];
  let count = 0;
  let row = 0;
  for (let m = start[c]; m < start[c + 1]; m++) {
    const r = members[m];
    const y = Math.floor(runs.from[r] / pictureWidth) - y0;
    while (row <= y) rowStart[row++] = count;
    const move = y * width - (y + y0) * pictureWidth - x0;
    from[count] = runs.from[r] + move;
    to[count++] = runs.to[r] + move;
  }
  while (row <= height) rowStart[row++] = count;
  const hasBackgroundAround = width === right[c] - left[c] + 2 && height === bottom[c] - top[c] + 2;
  return { width, height, rowStart, from, to, count, x0, y0, hasBackgroundAround };
}

/**
 * Whether no second peak can be prominent: the straight line from every maximum to the highest one never goes down far
 * enough. Most components need no search for peaks then. False decides nothing.
 */
function hasOnePeak({ memory, levelsPerPx, minProminence }: Work, cutout: Cutout): boolean {
  if (!cutout.hasBackgroundAround) return false;
  const { squared, maxima } = memory;
  const { width: stride } = cutout;
  const count = listMaxima(squared, cutout, maxima);
  let highest = maxima[0];
  for (let n = 1; n < count; n++) if (squared[maxima[n]] > squared[highest]) highest = maxima[n];
  const x = highest % stride;
  const y = (highest - x) / stride;
  // Levels are rounded down, so a drop of one level less than the prominence cannot be enough.
  const drop = (minProminence - 1) / levelsPerPx;
  for (let n = 0; n < count; n++) {
    const lowest = Math.max(0, Math.sqrt(squared[maxima[n]]) - drop);
    const fromX = maxima[n] % stride;
    const fromY = (maxima[n] - fromX) / stride;
    if (!isHighBetween(squared, stride, fromX, fromY, x, y, lowest * lowest)) return false;
  }
  return true;
}

/** Lists at least one pixel of every maximum, in raster order; returns their number. */
function listMaxima(squared: Int32Array, { width: stride, count: runs, from, to }: Cutout, maxima: Int32Array): number {
  let count = 0;
  for (let r = 0; r < runs; r++)
    for (let i = from[r]; i < to[r]; i++) {
      const d = squared[i];
      // Of equal neighbours the first in raster order is a maximum.
      if (d <= squared[i - 1] || d < squared[i + 1] || d <= squared[i - stride] || d < squared[i + stride]) continue;
      if (d <= squared[i - stride - 1] || d <= squared[i - stride + 1]) continue;
      if (d < squared[i + stride - 1] || d < squared[i + stride + 1]) continue;
      maxima[count++] = i;
    }
  return count;
}

/** Whether the landscape is above `lowest` on the straight line between two pixels. */
function isHighBetween(
  squared: Int32Array,
  stride: number,
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  lowest: number,
): boolean {
  const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY));
  for (let n = 1; n < steps; n++) {
    const x = Math.round(fromX + ((toX - fromX) * n) / steps);
    const y = Math.round(fromY + ((toY - fromY) * n) / steps);
    if (squared[y * stride + x] <= lowest) return false;
  }
  return true;
}

/** Cuts the component if several peaks stand out; returns their number, and labels only if it is above one. */
function floodFromPeaks(work: Work, c: number, cutout: Cutout, data: Int32Array, labels: number): number {
  const { runs, groups, memory, minProminence } = work;
  const { left, right, top, start, members } = groups;
  const { level, pixels, labels: windowLabels } = memory;
  const stride = right[c] - left[c] + 2;
  /** From the index of a pixel in the picture to its index in the window; the same for a whole row. */
  const windowShift = (pixel: number) => {
    const row = Math.floor(pixel / runs.width);
    return (row - top[c] + 1) * stride + 1 - left[c] - row * runs.width;
  };
  const count = raiseLandscape(work, cutout, stride, (cutout.y0 - top[c] + 1) * stride + cutout.x0 - left[c] + 1);
  const peaks = findPeaks(level, stride, pixels, count, minProminence, memory.peakScratch);
  if (peaks.length > 1) {
    for (let n = 0; n < count; n++) {
      windowLabels[pixels[n]] = 0;
      level[pixels[n]] = HIGHEST_LEVEL - level[pixels[n]];
    }
    for (let n = 0; n < peaks.length; n++) windowLabels[peaks[n]] = n + 1;
    floodWindow(level, windowLabels, stride, 8, peaks, peaks.length, memory.queue);
    for (let m = start[c]; m < start[c + 1]; m++) {
      const [from, to] = [runs.from[members[m]], runs.to[members[m]]];
      const move = windowShift(from);
      for (let i = from; i < to; i++) {
        data[i] = labels + windowLabels[i + move];
        windowLabels[i + move] = CLOSED;
      }
    }
  }
  for (let m = start[c]; m < start[c + 1]; m++) {
    const move = windowShift(runs.from[members[m]]);
    level.fill(0, runs.from[members[m]] + move, runs.to[members[m]] + move);
  }
  return peaks.length;
}

/** Writes the landscape into the window and lists its pixels; returns their number. @param corner - index in the window of the cutout's first pixel. */
function raiseLandscape({ memory, levelsPerPx }: Work, cutout: Cutout, stride: number, corner: number): number {
  const { squared, level, pixels } = memory;
  let count = 0;
  for (let r = 0; r < cutout.count; r++) {
    const y = Math.floor(cutout.from[r] / cutout.width);
    const move = corner + y * (stride - cutout.width);
    for (let i = cutout.from[r]; i < cutout.to[r]; i++) {
      const height = Math.sqrt(squared[i]) * levelsPerPx;
      level[i + move] = Math.max(1, Math.min(HIGHEST_LEVEL - 1, height));
      pixels[count++] = i + move;
    }
  }
  return count;
}

function paintWhole({ runs, groups }: Work, c: number, data: Int32Array, label: number): void {
  const { start, members } = groups;
  for (let m = start[c]; m < start[c + 1]; m++) fillRun(data, label, runs.from[members[m]], runs.to[members[m]]);
}
