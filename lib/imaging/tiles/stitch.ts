import { type PictureWindow, placeOf, type Raster } from '@/lib/imaging/raster';
import type { TilePlan, TileRegion } from './plan-tiles';
import { type AxisTaps, axisTaps, mirrorTaps, moveTaps, resampleInto, resampleIntoMean, tapExtent } from './resample';

/**
 * Reads a tile: the image resampled to the model's µm/px and reflected past its border. A tile with a cut region is
 * scaled alone, without the image around it.
 *
 * @param image - the whole image, or a part that holds the pixels of `sourceRegion`: the tile is the same to the byte
 * @returns a raster of the read region's size, with the image's channels
 * @throws RangeError where a part lacks pixels of the tile
 */
export function readTile(image: PictureWindow, tile: TilePlan): Raster {
  const { cutRegion } = tile;
  if (cutRegion) {
    const cut = cutOut(image, cutRegion);
    return resample(cut, ...tapsOf(tile, cut));
  }
  const place = placeOf(image);
  const [columns, rows] = tapsOf(tile, place);
  return resample(image, moveTaps(columns, place.x, image.width), moveTaps(rows, place.y, image.height));
}

/** The image pixels that a tile is made of. @param image - the size of the whole image */
export function sourceRegion(tile: TilePlan, image: { readonly width: number; readonly height: number }): TileRegion {
  const [[left, right], [top, bottom]] = tapsOf(tile, image).map(({ index }) => tapExtent(index));
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function tapsOf(
  { readRegion, modelPerImagePixel }: TilePlan,
  source: { readonly width: number; readonly height: number },
): [columns: AxisTaps, rows: AxisTaps] {
  const step = 1 / modelPerImagePixel;
  return [
    axisTaps(readRegion.x, readRegion.width, step, 0, source.width),
    axisTaps(readRegion.y, readRegion.height, step, 0, source.height),
  ];
}

/** A part of the image, which is mirrored past its end. */
function cutOut(image: Raster, { x, y, width, height }: TileRegion): Raster {
  return resample(image, mirrorTaps(x, width, image.width), mirrorTaps(y, height, image.height));
}

function resample(source: Raster, columns: AxisTaps, rows: AxisTaps): Raster {
  const { channels } = source;
  const [width, height] = [columns.length, rows.length];
  const out: Raster = { data: new Uint8Array(width * height * channels), width, height, channels };
  resampleInto(source, columns, rows, out, 0, 0);
  return out;
}

/** The network's output for one view of a tile: a picture of the view's read region. */
export type SeenTile = { output: Raster; tile: TilePlan };

/**
 * Writes the output for a tile, resampled back to image pixels, into the region that the tile owns. Several views are
 * averaged.
 *
 * @param views - at least one; all own the same region
 * @param whole - picture of the whole image, or a part with the tile's write region; same channels; only that region changes
 */
export function writeTile([first, ...others]: readonly SeenTile[], whole: PictureWindow): void {
  const { x, y, width, height } = regionIn(whole, first.tile);
  resampleBack(first, whole, x, y, resampleInto);
  // Most models have two views: the mean with the second then needs no memory of its own.
  if (others.length === 1) resampleBack(others[0], whole, x, y, resampleIntoMean);
  if (others.length < 2) return;
  const { channels } = whole;
  const line = width * channels;
  const other: Raster = { data: new Uint8Array(line * height), width, height, channels };
  const sums = new Uint16Array(line * height);
  for (const view of others) {
    resampleBack(view, other, 0, 0, resampleInto);
    addBytes(sums, other.data);
  }
  for (let row = 0; row < height; row++) {
    const at = ((y + row) * whole.width + x) * channels;
    takeMean(whole.data.subarray(at, at + line), sums.subarray(row * line, (row + 1) * line), 1 + others.length);
  }
}

function addBytes(sums: Uint16Array, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) sums[i] += bytes[i];
}

/** Replaces each byte by the mean of itself and of the other views, whose sum is in `sums`. */
function takeMean(bytes: Uint8Array, sums: Uint16Array, count: number): void {
  const share = 1 / count;
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] + sums[i]) * share + 0.5;
}

/** Resamples a tile's write region to image pixels, and writes it at (x, y) of a picture. */
function resampleBack({ output, tile }: SeenTile, out: Raster, x: number, y: number, write: typeof resampleInto): void {
  const { readRegion, writeRegion, cutRegion: origin = { x: 0, y: 0 }, modelPerImagePixel: step } = tile;
  const columns = axisTaps(writeRegion.x - origin.x, writeRegion.width, step, readRegion.x, readRegion.width);
  const rows = axisTaps(writeRegion.y - origin.y, writeRegion.height, step, readRegion.y, readRegion.height);
  write(output, columns, rows, out, x, y);
}

/** The region that a tile owns, in the pixels of a part of the picture. */
function regionIn(part: PictureWindow, { writeRegion: { x, y, width, height } }: TilePlan): TileRegion {
  const place = placeOf(part);
  return { x: x - place.x, y: y - place.y, width, height };
}

/** Writes one colour into the region that the tile owns. */
export function fillTile(colour: ArrayLike<number>, tile: TilePlan, whole: PictureWindow): void {
  const { x, y, width, height } = regionIn(whole, tile);
  const line = new Uint8Array(width * whole.channels);
  for (let i = 0; i < line.length; i++) line[i] = colour[i % whole.channels];
  for (let row = y; row < y + height; row++) whole.data.set(line, (row * whole.width + x) * whole.channels);
}
