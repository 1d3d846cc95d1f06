/**
 * Ranks the nuclei of all lists together by first pixel; equal pixels keep the order of the lists.
 *
 * @param firstPixels - 0 to 2^31 - 1; the lists need not be sorted.
 * @returns for each list the ranks of its nuclei, from 0.
 * @throws RangeError where the largest first pixel times the number of nuclei exceeds 2^53: 4 million nuclei at least.
 */
export function rankByFirstPixel(firstPixels: readonly Int32Array[]): Int32Array[] {
  const count = firstPixels.reduce((sum, { length }) => sum + length, 0);
  // A key holds the pixel and the place before sorting, since numbers sort many times faster than objects.
  const keys = new Float64Array(count);
  let place = 0;
  for (const pixels of firstPixels) for (const pixel of pixels) keys[place] = pixel * count + place++;
  keys.sort();
  if (count > 0 && !Number.isSafeInteger(keys[count - 1]))
    throw new RangeError(`${count} nuclei in so large a picture cannot be put in order`);
  const ranks = new Int32Array(count);
  keys.forEach((key, rank) => {
    ranks[key % count] = rank;
  });
  let start = 0;
  return firstPixels.map(({ length }) => {
    const own = ranks.subarray(start, start + length);
    start += length;
    return own;
  });
}
