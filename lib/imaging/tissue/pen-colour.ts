/** Of 255. Ink lets little light through. */
const LIGHTEST = 90;
/** In optical density against white: ink does not let through the colours that stains do. */
const GREEN_LEAD = 0.12;
const BLUE_LEAD = 0.2;
const RED_LEAD = 0.55;
/** Of 255. Dense brown is less neutral than this, and no tissue is as black. */
const BLACK = { brightest: 64, coloured: 16 };

const density = (value: number) => Math.log10(255 / Math.max(1, value));

/**
 * Whether a colour is that of a marker pen, or of the black around a scan. Channels from 0 to 255 against white glass.
 *
 * Stains absorb green the most (haematoxylin, eosin) or blue the most (DAB, fast red). Green ink absorbs it the least; blue ink
 * absorbs red far more than haematoxylin does; red ink leaves red alone where eosin of the same strength does not.
 */
export function isPen(red: number, green: number, blue: number): boolean {
  const smallest = Math.min(red, green, blue);
  if (smallest > LIGHTEST) return false;
  const largest = Math.max(red, green, blue);
  if (largest <= BLACK.brightest && largest - smallest <= BLACK.coloured) return true;
  const [r, g, b] = [density(red), density(green), density(blue)];
  const isGreen = r - g > GREEN_LEAD && b - g > GREEN_LEAD;
  const isBlue = r - g > BLUE_LEAD && g > b;
  const isRed = g - r > RED_LEAD && b - r > RED_LEAD && Math.abs(g - b) < GREEN_LEAD * 2;
  return isGreen || isBlue || isRed;
}
