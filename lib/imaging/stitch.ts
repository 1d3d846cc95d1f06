import type { Raster } from './raster';
import { axisTaps, resampleInto } from './resample';
import type { TilePlan } from './tiling';

/**
 * Reads a tile: the image resampled to the model's µm/px, reflected past its edges.
 *
 * @param image - whole image, image pixels
 * @returns a raster of the read region's size, the image's channels
 */
export function readTile(image: Raster, tile: TilePlan): Raster {
  const { readRegion, modelPerImagePixel } = tile;
  const step = 1 / modelPerImagePixel;
  const out: Raster = {
    data: new Uint8Array(readRegion.width * readRegion.height * image.channels),
    width: readRegion.width,
    height: readRegion.height,
    channels: image.channels,
  };
  const columns = axisTaps(readRegion.x, readRegion.width, step, 0, image.width);
  const rows = axisTaps(readRegion.y, readRegion.height, step, 0, image.height);
  resampleInto(image, columns, rows, out, 0, 0);
  return out;
}

/**
 * Writes a tile's output, resampled back to image pixels, into the region that the tile owns.
 *
 * @param output - the network's picture of the read region
 * @param whole - picture of the whole image, same channels; only the tile's write region changes
 */
export function writeTile(output: Raster, tile: TilePlan, whole: Raster): void {
  const { readRegion, writeRegion, modelPerImagePixel } = tile;
  const columns = axisTaps(writeRegion.x, writeRegion.width, modelPerImagePixel, readRegion.x, readRegion.width);
  const rows = axisTaps(writeRegion.y, writeRegion.height, modelPerImagePixel, readRegion.y, readRegion.height);
  resampleInto(output, columns, rows, whole, writeRegion.x, writeRegion.y);
}

/** Writes one colour into the region that the tile owns. */
export function fillTile(colour: ArrayLike<number>, tile: TilePlan, whole: Raster): void {
  const { x, y, width, height } = tile.writeRegion;
  const line = new Uint8Array(width * whole.channels);
  for (let i = 0; i < line.length; i++) line[i] = colour[i % whole.channels]!;
  for (let row = y; row < y + height; row++) whole.data.set(line, (row * whole.width + x) * whole.channels);
}

/** Glass is brighter than this in every channel. */
const GLASS_LEVEL = 200;
/** Grey levels between the brightest and darkest pixel of a channel. The palest nucleus differs from glass by about 25. */
const GLASS_CONTRAST = 14;

/**
 * The mean colour of a tile that shows nothing but glass, else null.
 * One dark or coloured pixel is enough to make it tissue, so nothing that could be a nucleus is passed over.
 */
export function glassColour(tile: Raster): number[] | null {
  const { data, channels } = tile;
  const colour: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    let low = 255;
    let high = 0;
    let sum = 0;
    for (let i = channel; i < data.length; i += channels) {
      const value = data[i]!;
      if (value < low) low = value;
      if (value > high) high = value;
      sum += value;
      if (low < GLASS_LEVEL || high - low > GLASS_CONTRAST) return null;
    }
    colour.push(Math.round((sum * channels) / data.length));
  }
  return colour;
}
