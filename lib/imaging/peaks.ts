import type { Runs } from './runs';

export type PeakCriteria = {
  /** A peak counts when it rises at least this far over the highest saddle to a higher one... */
  readonly minProminence: number;
  /** ...and that saddle is at most this share of its own height. */
  readonly maxSaddleShare: number;
};

/**
 * Finds the peaks of a landscape that stand out: its maxima after shallow ones have been merged into higher ones.
 *
 * Pixels are added from the highest down; where two hills meet, the lower peak either counts or is absorbed. Every
 * 8-connected component of the foreground keeps at least its highest peak.
 *
 * @param height - (height, width) levels; read inside the runs only.
 * @param runs - the foreground.
 * @returns index of one pixel of each peak, in raster order.
 * @see Grimaud 1992, doi:10.1117/12.60650 (dynamics of maxima); with `maxSaddleShare` = 1, peaks of dynamics >= h
 */
export function findPeaks(height: Uint16Array, runs: Runs, criteria: PeakCriteria): Int32Array {
  const { width } = runs;
  const order = pixelsFromHighest(height, runs);
  const parent = new Int32Array(height.length).fill(-1);
  const peaks: number[] = [];
  const lastRow = width * (runs.height - 1);
  for (let n = 0; n < order.length; n++) {
    const i = order[n];
    parent[i] = i;
    const x = i % width;
    const fromX = x > 0 ? -1 : 0;
    const toX = x < width - 1 ? 1 : 0;
    const fromY = i >= width ? -width : 0;
    const toY = i < lastRow ? width : 0;
    let root = i;
    for (let dy = fromY; dy <= toY; dy += width)
      for (let j = i + dy + fromX; j <= i + dy + toX; j++) {
        if (parent[j] < 0 || j === i) continue;
        const other = findRoot(parent, j);
        if (other === root) continue;
        // A root is the pixel of its hill that was added first, hence the hill's peak.
        const isOtherHigher = isHigher(height, other, root);
        const low = isOtherHigher ? root : other;
        if (low !== i && standsOut(height[low], height[i], criteria)) peaks.push(low);
        root = isOtherHigher ? other : root;
        parent[low] = root;
      }
  }
  for (let n = 0; n < order.length; n++) if (parent[order[n]] === order[n]) peaks.push(order[n]);
  return Int32Array.from(peaks).sort();
}

function standsOut(peak: number, saddle: number, { minProminence, maxSaddleShare }: PeakCriteria): boolean {
  return peak - saddle >= minProminence && saddle <= maxSaddleShare * peak;
}

function isHigher(height: Uint16Array, a: number, b: number): boolean {
  return height[a] > height[b] || (height[a] === height[b] && a < b);
}

function findRoot(parent: Int32Array, start: number): number {
  let i = start;
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}

/** Foreground pixels by falling height, equal ones in raster order (counting sort). */
function pixelsFromHighest(height: Uint16Array, runs: Runs): Int32Array {
  const place = new Int32Array(65537);
  for (let r = 0; r < runs.count; r++) for (let i = runs.from[r]; i < runs.to[r]; i++) place[65536 - height[i]]++;
  for (let level = 1; level < place.length; level++) place[level] += place[level - 1];
  const order = new Int32Array(place[65536]);
  for (let r = 0; r < runs.count; r++)
    for (let i = runs.from[r]; i < runs.to[r]; i++) order[place[65535 - height[i]]++] = i;
  return order;
}
