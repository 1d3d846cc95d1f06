import { roundHalfEven } from '@/lib/imaging/rounding';

/** Bounds of the automatic threshold, as square roots of pixels. */
export type SizeBounds = { readonly lowest: number; readonly fallback: number; readonly highest: number };

const GRID_POINTS = 500;
/** From this distance on exp(-d^2 / 2) is below the smallest float32. */
const KERNEL_REACH = 14.5;

/**
 * Finds the gap between debris and cells: the first minimum of the density of the square roots of the sizes.
 *
 * The density is Gaussian with bandwidth 1, in float32, on 500 points from 0 towards the largest root + 1. The
 * threshold lies one point before the minimum; below `lowest` it becomes `lowest`, above `highest` it becomes `fallback`.
 *
 * @param sizes - pixels of each cell.
 * @returns pixels, rounded; 0 with fewer than two cells.
 */
export function autoSizeThreshold(sizes: Int32Array, bounds: SizeBounds): number {
  if (sizes.length < 2) return 0;
  const sorted = sizes.slice().sort();
  const step = (Math.sqrt(sorted[sorted.length - 1]) + 1) / GRID_POINTS;
  const density = rootSizeDensity(sorted, step);
  let minimum = 1;
  for (let i = 1; i < GRID_POINTS - 1; i++) {
    if (density[i] < density[i - 1] && density[i] < density[i + 1]) {
      minimum = i;
      break;
    }
  }
  let root = (minimum - 1) * step;
  if (root < bounds.lowest) root = bounds.lowest;
  else if (root > bounds.highest) root = bounds.fallback;
  return roundHalfEven(root * root);
}

/** Equal sizes share one evaluation of the kernel, so the cost depends on the number of distinct sizes. */
function rootSizeDensity(sorted: Int32Array, step: number): Float32Array {
  const sums = new Float64Array(GRID_POINTS);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    const root = Math.sqrt(sorted[start]);
    const first = Math.max(0, Math.ceil((root - KERNEL_REACH) / step));
    const last = Math.min(GRID_POINTS - 1, Math.floor((root + KERNEL_REACH) / step));
    for (let i = first; i <= last; i++) {
      const distance = i * step - root;
      sums[i] += (end - start) * Math.exp(-0.5 * distance * distance);
    }
    start = end;
  }
  const scale = 1 / (sorted.length * Math.sqrt(2 * Math.PI));
  const density = new Float32Array(GRID_POINTS);
  for (let i = 0; i < GRID_POINTS; i++) density[i] = sums[i] * scale;
  return density;
}
