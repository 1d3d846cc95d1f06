/**
 * Plausible median diameters of nuclei, µm. In 47 fields of marrow, breast, glioma and other tumours, taken at 40x, the
 * median lies between 3.8 and 9.5; in 12 fields of a microscope camera, whose pixel size is an estimate, between 7.9 and
 * 10.9. Where 40x is taken for 20x it is less than doubled, since large nuclei are then found in parts.
 */
const PLAUSIBLE_DIAMETER_UM = { min: 3.8, max: 10.5 };
/** Expected diameter, µm: the median of those 59 fields. */
const TYPICAL_DIAMETER_UM = 7;
/** The median of fewer nuclei says too little. */
const FEWEST_NUCLEI = 20;
/** Scan magnifications and their usual µm per pixel. */
export const RESOLUTIONS = [
  { name: '40x', micronsPerPixel: 0.25 },
  { name: '20x', micronsPerPixel: 0.5 },
  { name: '10x', micronsPerPixel: 1 },
] as const;

/**
 * The scan magnification that fits the nuclei better than the pixel size that they were measured with.
 *
 * @param medianDiameterPx - median diameter of the circles of the nuclei's areas, image pixels
 * @returns null if the diameter is plausible, the nuclei are few, or no usual magnification fits better
 */
export function likelierResolution(count: number, medianDiameterPx: number, micronsPerPixel: number) {
  const diameterUm = medianDiameterPx * micronsPerPixel;
  const { min, max } = PLAUSIBLE_DIAMETER_UM;
  if (count < FEWEST_NUCLEI || (diameterUm >= min && diameterUm <= max)) return null;
  const misfit = (candidate: number) => Math.abs(Math.log((medianDiameterPx * candidate) / TYPICAL_DIAMETER_UM));
  const best = RESOLUTIONS.reduce((a, b) => (misfit(b.micronsPerPixel) < misfit(a.micronsPerPixel) ? b : a));
  if (misfit(best.micronsPerPixel) >= misfit(micronsPerPixel)) return null;
  return { ...best, diameterUm, plausibleUm: PLAUSIBLE_DIAMETER_UM };
}
