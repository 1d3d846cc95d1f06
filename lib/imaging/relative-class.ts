import { AppError } from '@/lib/errors';
import type { Raster } from './raster';

/**
 * How a model judges positive and negative against the picture's own staining: the odds of positive are multiplied by
 * ((DAB + 0.02) / (`share` x typical DAB + 0.02)) ^ `steepness`, where at least `fewestPixels` are surely positive.
 */
export type RelativeClass = { share: number; steepness: number; fewestPixels: number };

/** From this red value on (nine tenths) a pixel is surely positive: its DAB is typical of the picture. */
const SURE = 230;
/** A marker value is about MARKER_TOP x (1 - exp(-MARKER_RATE x DAB optical density)): so training draws the marker, but for haze. */
const [MARKER_TOP, MARKER_RATE, DARKEST] = [240, 1.1, 0.985];
/** DAB optical density that is not told from none: added to both sides, so that a ratio of two pale values stays near 1. */
const FLOOR = 0.02;

/**
 * Shifts red against blue in `segmentation`, in place, so that a weakly brown nucleus is negative beside black ones and
 * positive beside pale ones, as readers judge it. Red + blue stays what it was, so the same nuclei are found.
 *
 * @param segmentation - RGB: 255 x probability of positive, boundary, negative, of the whole image
 * @param marker - one channel, of the same size
 * @throws AppError `shape_mismatch`
 */
export function relateClasses(segmentation: Raster, marker: Raster, rule: RelativeClass): void {
  const { data, width, height } = segmentation;
  if (marker.width !== width || marker.height !== height || marker.channels !== 1 || segmentation.channels !== 3)
    throw new AppError(
      'shape_mismatch',
      `expected ${width} x ${height} RGB and grey, got ${marker.width} x ${marker.height}`,
    );
  const typical = typicalMarker(data, marker.data, rule.fewestPixels);
  if (typical === null) return;
  const table = shiftTable(rule.share * dabDensity(typical), rule.steepness);
  for (let pixel = 0, i = 0; i < data.length; pixel++, i += 3) {
    const red = data[i]!;
    const both = red + data[i + 2]!;
    if (red === 0 || red === both) continue;
    const shifted = Math.round(both * table[(Math.round((255 * red) / both) << 8) | marker.data[pixel]!]!);
    data[i] = Math.min(255, Math.max(both - 255, shifted));
    data[i + 2] = both - data[i]!;
  }
}

/** Median marker value of the surely positive pixels; null where they are too few to say. */
function typicalMarker(segmentation: Raster['data'], marker: Raster['data'], fewest: number): number | null {
  const count = new Uint32Array(256);
  let sure = 0;
  for (let pixel = 0, i = 0; i < segmentation.length; pixel++, i += 3)
    if (segmentation[i]! >= SURE) {
      count[marker[pixel]!]!++;
      sure++;
    }
  if (sure < fewest) return null;
  let below = 0;
  for (let value = 0; value < 256; value++) {
    below += count[value]!;
    if (2 * below >= sure) return value;
  }
  return null;
}

const dabDensity = (marker: number): number => -Math.log(1 - Math.min(marker / MARKER_TOP, DARKEST)) / MARKER_RATE;

/** Probability of positive (0..255) and marker value to the shifted probability (0..1), at `probability * 256 + marker`. */
function shiftTable(threshold: number, steepness: number): Float32Array {
  const table = new Float32Array(1 << 16);
  for (let marker = 0; marker < 256; marker++) {
    const factor = ((dabDensity(marker) + FLOOR) / (threshold + FLOOR)) ** steepness;
    for (let p = 0; p < 256; p++) {
      const odds = (factor * p) / Math.max(255 - p, 1e-6);
      table[(p << 8) | marker] = odds / (1 + odds);
    }
  }
  return table;
}
