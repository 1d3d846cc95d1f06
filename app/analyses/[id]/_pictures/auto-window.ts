/** The lowest end of a window. A dark picture that is stretched further would show its noise as signal. */
const LOWEST_HIGH = 64;
/** The share of the pixels that may be brighter than the end of the window. */
const BRIGHTEST_SHARE = 0.001;

/** The end of a window that covers nearly all pixels of a picture. `histogram`: 256 counts. */
export function autoHigh(histogram: Uint32Array): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let above = 0;
  for (let value = 255; value > LOWEST_HIGH; value--) {
    above += histogram[value] ?? 0;
    if (above > BRIGHTEST_SHARE * total) return value;
  }
  return LOWEST_HIGH;
}
