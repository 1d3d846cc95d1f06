import 'server-only';
import { measureColours } from '@/lib/imaging/colour/picture-colours';
import type { Raster } from '@/lib/imaging/raster';
import type { Warning } from '@/lib/warnings';

/**
 * None of 214 stained pictures is doubted (the 14 samples, and 200 real ones that are not shipped): the least colourful has
 * a chroma of 46, the most tinted white a tint of 0.33, and the darkest a median of 82 (colour-doubts.test.ts).
 */
const MIN_CHROMA = 15;
const MAX_TINT = 0.4;
const MIN_BRIGHTNESS = 50;

/** Warns where the colours of a picture are not those of stained tissue on white. */
export function colourDoubts(image: Raster): Warning[] {
  const { white, tint, chroma, brightness } = measureColours(image);
  const warnings: Warning[] = [];
  if (chroma < MIN_CHROMA) {
    const detail = `The picture has no colour by which positive nuclei could be told from negative ones: its channels differ by ${chroma} of 255 levels at most, those of stained tissue by ${MIN_CHROMA} or more.`;
    warnings.push({ code: 'no_colour', detail });
  }
  if (brightness < MIN_BRIGHTNESS) {
    const detail = `Half of the picture is darker than ${brightness} of 255 levels, as in fluorescence. Restain scores stains on a white background.`;
    warnings.push({ code: 'dark_background', detail });
  } else if (tint > MAX_TINT) {
    const detail = `The brightest parts of the picture are strongly coloured (red ${white[0]}, green ${white[1]}, blue ${white[2]}): the colours of the stains, and so the classes of the nuclei, are unreliable. Correct the white balance.`;
    warnings.push({ code: 'coloured_background', detail });
  }
  return warnings;
}
