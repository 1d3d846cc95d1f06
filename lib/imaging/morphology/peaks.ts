/** Working memory for windows of up to `parent.length` pixels. */
export type PeakScratch = {
  /** -1 throughout before and after a search. */
  readonly parent: Int32Array;
  readonly saddles: Int32Array;
  readonly order: Int32Array;
  readonly place: Int32Array;
};

export function peakScratch(pixels: number): PeakScratch {
  const [saddles, order] = [new Int32Array(pixels), new Int32Array(pixels)];
  return { parent: new Int32Array(pixels).fill(-1), saddles, order, place: new Int32Array(65537) };
}

/**
 * Finds the peaks of a landscape that stand out: its maxima, after less prominent ones are merged into higher ones.
 *
 * Every pixel belongs to the hill of the maximum that the steepest ascent leads to. Hills are joined at their saddles
 * (8 neighbours), the highest saddle first. Where two meet, the lower peak counts if it is prominent, and is merged
 * otherwise. Every component of the landscape keeps its highest peak. Most components have one maximum, which one pass
 * finds.
 *
 * @param height - levels of a window of `stride` pixels a row: 0 outside of the landscape, and on all outermost pixels.
 * @param pixels - indices of the landscape, in raster order, the first `count` of them.
 * @param minProminence - above 0: a peak counts when it rises at least this far over the highest saddle towards a
 *   higher one.
 * @returns indices of the peaks, ascending.
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
  const { parent } = scratch;
  let maxima = 0;
  for (let n = 0; n < count; n++) {
    const i = pixels[n];
    parent[i] = steepest(height, stride, i);
    if (parent[i] === i) maxima++;
  }
  const peaks: number[] = [];
  if (maxima > 1) joinHills(height, stride, pixels, count, minProminence, scratch, peaks);
  for (let n = 0; n < count; n++) {
    const i = pixels[n];
    if (parent[i] === i) peaks.push(i);
  }
  for (let n = 0; n < count; n++) parent[pixels[n]] = -1;
  return peaks.sort((a, b) => a - b);
}

/** The highest of a pixel and its neighbours; of equally high ones the first in raster order. */
function steepest(height: Uint16Array, stride: number, i: number): number {
  let best = i - stride - 1;
  if (height[i - stride] > height[best]) best = i - stride;
  if (height[i - stride + 1] > height[best]) best = i - stride + 1;
  if (height[i - 1] > height[best]) best = i - 1;
  if (height[i] > height[best]) best = i;
  if (height[i + 1] > height[best]) best = i + 1;
  if (height[i + stride - 1] > height[best]) best = i + stride - 1;
  if (height[i + stride] > height[best]) best = i + stride;
  if (height[i + stride + 1] > height[best]) best = i + stride + 1;
  return best;
}

/** Joins all hills of each component: afterwards only its highest pixel is its own parent. Adds the other prominent peaks to `peaks`. */
function joinHills(
  height: Uint16Array,
  stride: number,
  pixels: Int32Array,
  count: number,
  minProminence: number,
  scratch: PeakScratch,
  peaks: number[],
): void {
  const { parent, saddles, order } = scratch;
  for (let n = 0; n < count; n++) parent[pixels[n]] = findRoot(parent, pixels[n]);
  let found = 0;
  for (let n = 0; n < count; n++) if (isSaddle(height, stride, pixels[n], parent)) saddles[found++] = pixels[n];
  sortFromHighest(height, saddles, found, scratch);
  for (let n = 0; n < found; n++) {
    const i = order[n];
    let root = findRoot(parent, i);
    for (let dy = -stride; dy <= stride; dy += stride)
      for (let j = i + dy - 1; j <= i + dy + 1; j++) {
        if (height[j] === 0 || !isEarlier(height, j, i)) continue;
        const other = findRoot(parent, j);
        if (other === root) continue;
        const isOtherHigher = isEarlier(height, other, root);
        const low = isOtherHigher ? root : other;
        root = isOtherHigher ? other : root;
        if (height[low] - height[i] >= minProminence) peaks.push(low);
        parent[low] = root;
      }
  }
}

/** The order of joining: from the highest pixel down, equally high ones in raster order. */
const isEarlier = (height: Uint16Array, a: number, b: number): boolean =>
  height[a] > height[b] || (height[a] === height[b] && a < b);

/** Whether an earlier neighbour belongs to another hill. */
function isSaddle(height: Uint16Array, stride: number, i: number, hill: Int32Array): boolean {
  for (let dy = -stride; dy <= stride; dy += stride)
    for (let j = i + dy - 1; j <= i + dy + 1; j++)
      if (hill[j] !== hill[i] && height[j] > 0 && isEarlier(height, j, i)) return true;
  return false;
}

/** Counting sort by descending height, equal ones in raster order. */
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
