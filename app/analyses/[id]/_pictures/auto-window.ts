/** A dark picture is not stretched further than this: its noise would look like signal. */
const LOWEST_HIGH = 64;
/** Share of the pixels that may be brighter than the window's end. */
const BRIGHTEST_SHARE = 0.001;

/** The end of a window in which nearly all of a picture's brightness fits. */
export function autoHigh(histogram: Uint32Array): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let above = 0;
  for (let value = 255; value > LOWEST_HIGH; value--) {
    above += histogram[value] ?? 0;
    if (above > BRIGHTEST_SHARE * total) return value;
  }
  return LOWEST_HIGH;
}
