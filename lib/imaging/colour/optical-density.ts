/** 100 log10(255 / v) for each byte; black counts as 1, so that it stays finite. */
const CENTI_OPTICAL_DENSITY: Float64Array = Float64Array.from(
  { length: 256 },
  (_, value) => 100 * Math.log10(255 / Math.max(1, value)),
);

/** Hundredths of optical density of one pixel, summed over red, green and blue, to the nearest integer: 0 to 722. */
export function centiOpticalDensity(red: number, green: number, blue: number): number {
  // Never negative, so that this rounds as Math.round does, in half the time.
  return (CENTI_OPTICAL_DENSITY[red] + CENTI_OPTICAL_DENSITY[green] + CENTI_OPTICAL_DENSITY[blue] + 0.5) | 0;
}

/** Hundredths of optical density by which one pixel takes more blue light than red, to the nearest integer: -241 to 241. Brown is above 0. */
export const centiBrownness = (red: number, blue: number): number =>
  Math.round(CENTI_OPTICAL_DENSITY[blue] - CENTI_OPTICAL_DENSITY[red]);
