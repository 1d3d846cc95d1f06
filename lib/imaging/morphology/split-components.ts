import type { LabelMap } from '@/lib/imaging/raster';
import { labelRuns, type Runs } from '@/lib/imaging/runs';
import { squaredDistances } from './distance-transform';
import { findPeaks, type PeakScratch, peakScratch } from './peaks';
import { CLOSED, floodWindow, LevelQueue } from './watershed';

const HIGHEST = 65535;

/**
 * Labels the foreground, cutting components that have several peaks along the valleys between them.
 *
 * In each component the distance to its edge is a landscape: its peaks that stand out become seeds, and a watershed of
 * the upturned landscape shares the pixels out. The work runs in one small window after another, which stays in the cache.
 *
 * @param runs - the foreground; components join through corners.
 * @param levelsPerPx - resolution of the landscape; a distance of a pixel or more has level 1 at least, 65534 at most.
 * @param minProminence - levels, see `findPeaks`.
 * @param smallestSplit - components of fewer pixels are not cut.
 * @param begin - nor are those whose first row is not one of these: a caller may need only some. Every row, unless told.
 * @returns a new label map, the number of labels, each 8-connected, and the component each was cut from: of label k its
 *   first row in `rows[2k - 2]` and the row past its last in `rows[2k - 1]`.
 */
export function splitComponents(
  runs: Runs,
  levelsPerPx: number,
  minProminence: number,
  smallestSplit: number,
  begin: { readonly from: number; readonly to: number } = { from: 0, to: runs.height },
): { labelMap: LabelMap; count: number; rows: Int32Array } {
  const { width } = runs;
  const data = new Int32Array(width * runs.height);
  const components = groupRuns(runs);
  const window = new SplitWindow(runs, components, levelsPerPx, minProminence);
  const rows: number[] = [];
  let labels = 0;
  for (let c = 0; c < components.count; c++) {
    labels +=
      components.area[c] < smallestSplit || components.top[c] < begin.from || components.top[c] >= begin.to
        ? paintWhole(runs, components, c, data, labels + 1)
        : window.split(c, data, labels);
    while (rows.length < 2 * labels) rows.push(components.top[c], components.bottom[c]);
  }
  return { labelMap: { data, width, height: runs.height }, count: labels, rows: Int32Array.from(rows) };
}

type Components = {
  readonly count: number;
  /** Component c owns the runs `members[start[c]]` to `members[start[c + 1] - 1]`, in raster order. */
  readonly start: Int32Array;
  readonly members: Int32Array;
  readonly area: Int32Array;
  /** First column, and columns past the last. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly top: Int32Array;
  readonly bottom: Int32Array;
  /** Most pixels that a window, with a closed pixel all around, can need. */
  readonly largestWindow: number;
  readonly mostRuns: number;
};

function groupRuns(runs: Runs): Components {
  const { width, height, rowStart, from, to } = runs;
  const { label, count } = labelRuns(runs, 8);
  const start = new Int32Array(count + 2);
  const area = new Int32Array(count);
  const left = new Int32Array(count).fill(width);
  const right = new Int32Array(count);
  const top = new Int32Array(count).fill(-1);
  const bottom = new Int32Array(count);
  for (let row = 0; row < height; row++)
    for (let r = rowStart[row]; r < rowStart[row + 1]; r++) {
      const c = label[r] - 1;
      start[c + 2]++;
      area[c] += to[r] - from[r];
      if (from[r] - row * width < left[c]) left[c] = from[r] - row * width;
      if (to[r] - row * width > right[c]) right[c] = to[r] - row * width;
      if (top[c] < 0) top[c] = row;
      bottom[c] = row + 1;
    }
  for (let c = 2; c < start.length; c++) start[c] += start[c - 1];
  const members = new Int32Array(runs.count);
  for (let r = 0; r < runs.count; r++) members[start[label[r]]++] = r;
  let largestWindow = 0;
  let mostRuns = 0;
  for (let c = 0; c < count; c++) {
    largestWindow = Math.max(largestWindow, (right[c] - left[c] + 2) * (bottom[c] - top[c] + 2));
    mostRuns = Math.max(mostRuns, start[c + 1] - start[c]);
  }
  return { count, start, members, area, left, right, top, bottom, largestWindow, mostRuns };
}

/** Runs of one component, in a window at `x0`, `y0` of the picture. */
type OwnRuns = Runs & {
  readonly x0: number;
  readonly y0: number;
  /** Whether there is background all around; the picture's border is none. */
  readonly isFramed: boolean;
};

/** Working memory of one component at a time: its pixels in a frame of closed ones. */
class SplitWindow {
  readonly #runs: Runs;
  readonly #components: Components;
  readonly #levelsPerPx: number;
  readonly #minProminence: number;
  /** 0 but while a component is in hand. */
  readonly #level: Uint16Array;
  readonly #squared: Int32Array;
  /** Also the queue's links: peaks are found before the flood begins. */
  readonly #pixels: Int32Array;
  readonly #scratch: PeakScratch;
  readonly #queue: LevelQueue;
  readonly #rowStart: Int32Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;

  constructor(runs: Runs, components: Components, levelsPerPx: number, minProminence: number) {
    this.#runs = runs;
    this.#components = components;
    this.#levelsPerPx = levelsPerPx;
    this.#minProminence = minProminence;
    const pixels = components.largestWindow;
    this.#level = new Uint16Array(pixels);
    this.#squared = new Int32Array(pixels);
    this.#pixels = new Int32Array(pixels);
    this.#scratch = peakScratch(pixels);
    this.#queue = new LevelQueue(this.#pixels);
    this.#rowStart = new Int32Array(runs.height + 3);
    this.#from = new Int32Array(components.mostRuns);
    this.#to = new Int32Array(components.mostRuns);
  }

  /** Labels component `c` in `data` with the next labels after `labels`; returns how many it took. */
  split(c: number, data: Int32Array, labels: number): number {
    const own = this.#measure(c);
    const count = this.#isOneHill(own) ? 1 : this.#flood(c, own, data, labels);
    for (let r = 0; r < own.count; r++) this.#squared.fill(0, own.from[r], own.to[r]);
    if (count === 1) paintWhole(this.#runs, this.#components, c, data, labels + 1);
    return count;
  }

  /** Writes the squared distances of the component; returns its runs within a frame of background. */
  #measure(c: number): OwnRuns {
    const { width, height, from, to } = this.#runs;
    const { left, right, top, bottom, start, members } = this.#components;
    // A pixel of background on each side, but nothing beyond the picture, which is none.
    const [x0, y0] = [Math.max(0, left[c] - 1), Math.max(0, top[c] - 1)];
    const [x1, y1] = [Math.min(width, right[c] + 1), Math.min(height, bottom[c] + 1)];
    const wide = x1 - x0;
    const own = {
      ...{ width: wide, height: y1 - y0, rowStart: this.#rowStart, from: this.#from, to: this.#to, count: 0 },
      ...{ x0, y0, isFramed: wide === right[c] - left[c] + 2 && y1 - y0 === bottom[c] - top[c] + 2 },
    };
    let row = 0;
    for (let m = start[c]; m < start[c + 1]; m++) {
      const y = Math.floor(from[members[m]] / width) - y0;
      while (row <= y) own.rowStart[row++] = own.count;
      const move = y * wide - (y + y0) * width - x0;
      own.from[own.count] = from[members[m]] + move;
      own.to[own.count++] = to[members[m]] + move;
    }
    while (row <= own.height) own.rowStart[row++] = own.count;
    squaredDistances(own, this.#squared);
    return own;
  }

  /**
   * Whether it is plain that no second peak stands out: from every maximum, the straight way to the highest never leads
   * far enough down. Spares most components the search for peaks; false decides nothing.
   */
  #isOneHill({ isFramed, width: stride, count: runs, from, to }: OwnRuns): boolean {
    if (!isFramed) return false;
    const squared = this.#squared;
    const maxima = this.#pixels;
    let [count, highest] = [0, 0];
    for (let r = 0; r < runs; r++)
      for (let i = from[r]; i < to[r]; i++) {
        const d = squared[i];
        if (d <= squared[i - 1] || d < squared[i + 1] || d <= squared[i - stride] || d < squared[i + stride]) continue;
        if (d <= squared[i - stride - 1] || d <= squared[i - stride + 1]) continue;
        if (d < squared[i + stride - 1] || d < squared[i + stride + 1]) continue;
        if (d > squared[maxima[highest]] || count === 0) highest = count;
        maxima[count++] = i;
      }
    const x = maxima[highest] % stride;
    const y = (maxima[highest] - x) / stride;
    // Levels are rounded down: one less than asked for is surely too little.
    const drop = (this.#minProminence - 1) / this.#levelsPerPx;
    for (let n = 0; n < count; n++) {
      const lowest = Math.sqrt(squared[maxima[n]]) - drop;
      const fromX = maxima[n] % stride;
      const fromY = (maxima[n] - fromX) / stride;
      if (!isHighBetween(squared, stride, fromX, fromY, x, y, lowest > 0 ? lowest * lowest : 0)) return false;
    }
    return true;
  }

  /** Cuts the component where several peaks stand out; returns their number, and labels only where it is above one. */
  #flood(c: number, own: OwnRuns, data: Int32Array, labels: number): number {
    const { width, from, to } = this.#runs;
    const { left, right, top, start, members } = this.#components;
    const level = this.#level;
    const pixels = this.#pixels;
    const stride = right[c] - left[c] + 2;
    // From a pixel of a row to its place in the window.
    const shift = (row: number) => (row - top[c] + 1) * stride + 1 - left[c] - row * width;
    const count = this.#raise(own, stride, (own.y0 - top[c] + 1) * stride + own.x0 - left[c] + 1);
    const peaks = findPeaks(level, stride, pixels, count, this.#minProminence, this.#scratch);
    if (peaks.length > 1) {
      // The finder's forest is all closed again: it serves as the window's label map.
      const windowLabels = this.#scratch.parent;
      for (let n = 0; n < count; n++) {
        const j = pixels[n];
        windowLabels[j] = 0;
        level[j] = HIGHEST - level[j];
      }
      for (let n = 0; n < peaks.length; n++) windowLabels[peaks[n]] = n + 1;
      floodWindow(level, windowLabels, stride, 8, peaks, peaks.length, this.#queue);
      for (let m = start[c]; m < start[c + 1]; m++) {
        const move = shift(Math.floor(from[members[m]] / width));
        for (let i = from[members[m]]; i < to[members[m]]; i++) {
          data[i] = labels + windowLabels[i + move];
          windowLabels[i + move] = CLOSED;
        }
      }
    }
    for (let m = start[c]; m < start[c + 1]; m++) {
      const move = shift(Math.floor(from[members[m]] / width));
      level.fill(0, from[members[m]] + move, to[members[m]] + move);
    }
    return peaks.length;
  }

  /** Writes the component's landscape and lists its pixels; returns how many they are. */
  #raise(own: OwnRuns, stride: number, firstPixel: number): number {
    let count = 0;
    for (let r = 0; r < own.count; r++) {
      const y = Math.floor(own.from[r] / own.width);
      const move = firstPixel + y * (stride - own.width);
      for (let i = own.from[r]; i < own.to[r]; i++) {
        const height = Math.sqrt(this.#squared[i]) * this.#levelsPerPx;
        this.#level[i + move] = Math.max(1, Math.min(HIGHEST - 1, height));
        this.#pixels[count++] = i + move;
      }
    }
    return count;
  }
}

/** Whether the landscape is above `lowest` on the straight way from one pixel to another. */
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

function paintWhole({ from, to }: Runs, components: Components, c: number, data: Int32Array, label: number): number {
  for (let m = components.start[c]; m < components.start[c + 1]; m++)
    for (let i = from[components.members[m]]; i < to[components.members[m]]; i++) data[i] = label;
  return 1;
}
