/** Working memory for windows of up to `parent.length` pixels. */
export type PeakScratch = {
  readonly order: Int32Array;
  /** -1 throughout before and after a search. */
  readonly parent: Int32Array;
  readonly place: Int32Array;
};

export function peakScratch(pixels: number): PeakScratch {
  return { order: new Int32Array(pixels), parent: new Int32Array(pixels).fill(-1), place: new Int32Array(65537) };
}

/**
 * Finds the peaks of a landscape that stand out: its maxima after shallow ones have been merged into higher ones.
 *
 * Pixels are added from the highest down; where two hills meet (8 neighbours), the lower peak either counts or is
 * absorbed by the higher one. Every component of the landscape keeps its highest peak, however low.
 *
 * @param height - levels of a window of `stride` pixels a row, whose outermost pixels are not part of the landscape.
 * @param pixels - indices of the landscape, in raster order, the first `count` of them.
 * @param minProminence - a peak counts when it rises at least this far over the highest saddle towards a higher one.
 * @returns indices of the peaks, rising.
 * @see Grimaud 1992, doi:10.1117/12.60650 (dynamics); one pixel of each maximum of `skimage.morphology.h_maxima`
 */
export function findPeaks(
  height: Uint16Array,
  stride: number,
  pixels: Int32Array,
  count: number,
  minProminence: number,
  scratch: PeakScratch,
): number[] {
  const { order, parent } = scratch;
  sortFromHighest(height, pixels, count, scratch);
  const peaks: number[] = [];
  for (let n = 0; n < count; n++) {
    const i = order[n];
    parent[i] = i;
    let root = i;
    for (let dy = -stride; dy <= stride; dy += stride)
      for (let j = i + dy - 1; j <= i + dy + 1; j++) {
        if (parent[j] < 0 || j === i) continue;
        const other = findRoot(parent, j);
        if (other === root) continue;
        // A root is the first pixel of its hill to have been added, hence the hill's peak.
        const isOtherHigher = height[other] > height[root] || (height[other] === height[root] && other < root);
        const low = isOtherHigher ? root : other;
        root = isOtherHigher ? other : root;
        if (low !== i && height[low] - height[i] >= minProminence) peaks.push(low);
        parent[low] = root;
      }
  }
  for (let n = 0; n < count; n++) if (parent[order[n]] === order[n]) peaks.push(order[n]);
  for (let n = 0; n < count; n++) parent[order[n]] = -1;
  return peaks.sort((a, b) => a - b);
}

/** Counting sort: falling height, equal ones in raster order. */
function sortFromHighest(height: Uint16Array, pixels: Int32Array, count: number, { order, place }: PeakScratch): void {
  let highest = 0;
  for (let n = 0; n < count; n++) if (height[pixels[n]] > highest) highest = height[pixels[n]];
  place.fill(0, 0, highest + 2);
  for (let n = 0; n < count; n++) place[highest + 1 - height[pixels[n]]]++;
  for (let level = 1; level <= highest; level++) place[level] += place[level - 1];
  for (let n = 0; n < count; n++) order[place[highest - height[pixels[n]]]++] = pixels[n];
}

function findRoot(parent: Int32Array, start: number): number {
  let i = start;
  while (parent[i] !== i) {
    parent[i] = parent[parent[i]];
    i = parent[i];
  }
  return i;
}
