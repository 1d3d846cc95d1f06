import { AppError } from '@/lib/errors';
import { assertSameSize, clear, type Raster } from '@/lib/imaging/raster';
import { isInside, isOutline, isPositive, type Sketch } from './sketch-nuclei';

/**
 * Draws the outlines of kept nuclei over the original: positive (255, 0, 0), negative (0, 0, 255).
 *
 * @param image - RGB, the size of the sketch.
 * @param out - RGB picture to overwrite and return; a new one by default.
 * @throws AppError `shape_mismatch` when sizes or channels differ.
 */
export function drawOverlay(image: Raster, sketch: Sketch, out?: Raster): Raster {
  const target = drawingTarget(sketch, out);
  assertSameSize(sketch, image);
  const { codes } = sketch;
  const rgb = target.data;
  if (rgb !== image.data) rgb.set(image.data);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (!isOutline(code)) continue;
    const c = 3 * i;
    rgb[c] = isPositive(code) ? 255 : 0;
    rgb[c + 1] = 0;
    rgb[c + 2] = isPositive(code) ? 0 : 255;
  }
  return target;
}

/**
 * Draws the label picture: kept nuclei red (positive) or blue (negative) inside, outlines green, the rest black; 255 each.
 *
 * @param out - RGB picture to overwrite and return; a new one by default.
 * @throws AppError `shape_mismatch` when sizes or channels differ.
 */
export function drawRefined(sketch: Sketch, out?: Raster): Raster {
  const target = drawingTarget(sketch, out);
  const { codes } = sketch;
  const rgb = target.data;
  if (out !== undefined) clear(out);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) continue;
    if (isOutline(code)) rgb[3 * i + 1] = 255;
    else if (isInside(code)) rgb[isPositive(code) ? 3 * i : 3 * i + 2] = 255;
  }
  return target;
}

function drawingTarget({ width, height }: Sketch, out: Raster | undefined): Raster {
  if (out === undefined) return { data: new Uint8Array(width * height * 3), width, height, channels: 3 };
  assertSameSize({ width, height }, out);
  if (out.channels !== 3) throw new AppError('shape_mismatch', `expected 3 channels to draw into, got ${out.channels}`);
  return out;
}
