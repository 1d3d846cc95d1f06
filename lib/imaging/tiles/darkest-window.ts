import type { Raster } from '@/lib/imaging/raster';
import type { TileRegion } from './plan-tiles';

/** So many pixels are enough to find where the tissue is. */
const SAMPLES = 1 << 16;
/** Windows are tried at every eighth of their side. */
const STEPS = 8;
const DARK_SHARE = 0.25;

/**
 * The square window of a picture with the most of its darkest quarter of pixels: where stained nuclei are many.
 *
 * @param image - RGB; sampled on a grid of about 2^16 pixels
 * @param side - in pixels. A shorter side of the picture is taken whole.
 */
export function darkestWindow(image: Raster, side: number): TileRegion {
  const width = Math.min(side, image.width);
  const height = Math.min(side, image.height);
  const step = Math.max(1, Math.floor(Math.sqrt((image.width * image.height) / SAMPLES)));
  const columns = Math.ceil(image.width / step);
  const rows = Math.ceil(image.height / step);
  const sums = sumsOfDark(brightnessOn(image, step, columns, rows), columns, rows);
  const stride = columns + 1;
  let best = { x: 0, y: 0, width, height };
  let most = -1;
  for (const y of startsOf(image.height, height))
    for (const x of startsOf(image.width, width)) {
      const [x0, y0] = [Math.floor(x / step), Math.floor(y / step)];
      const [x1, y1] = [
        Math.min(columns, Math.ceil((x + width) / step)),
        Math.min(rows, Math.ceil((y + height) / step)),
      ];
      const dark = sums[y1 * stride + x1] - sums[y0 * stride + x1] - sums[y1 * stride + x0] + sums[y0 * stride + x0];
      if (dark > most) [best, most] = [{ x, y, width, height }, dark];
    }
  return best;
}

/** Where windows begin along an axis; the last one ends with the picture. */
function startsOf(length: number, side: number): number[] {
  const step = Math.max(1, Math.floor(side / STEPS));
  const starts: number[] = [];
  for (let start = 0; start + side < length; start += step) starts.push(start);
  return [...starts, length - side];
}

/** The sum of the channels of every sample. */
function brightnessOn({ data, width, channels }: Raster, step: number, columns: number, rows: number): Uint16Array {
  const brightness = new Uint16Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = (row * step * width + column * step) * channels;
      brightness[row * columns + column] = data[at] + data[at + channels - 2] + data[at + channels - 1];
    }
  return brightness;
}

/** `(columns + 1) x (rows + 1)`: how many of the samples above and left of each corner are among the darkest. */
function sumsOfDark(brightness: Uint16Array, columns: number, rows: number): Uint32Array {
  const limit = brightness.slice().sort()[Math.floor(DARK_SHARE * brightness.length)];
  const stride = columns + 1;
  const sums = new Uint32Array(stride * (rows + 1));
  for (let row = 0; row < rows; row++)
    for (let column = 0, inRow = 0; column < columns; column++) {
      if (brightness[row * columns + column] < limit) inRow++;
      sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + inRow;
    }
  return sums;
}
