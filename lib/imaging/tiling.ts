/** A rectangle of whole pixels: `x`, `y` is its top left corner. */
export type Region = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * One tile of an image.
 * `writeRegion` is in image pixels: the tile owns it, no other tile writes there.
 * `readRegion` is in model pixels (the image resampled to the model's µm/px) and holds the write region plus the halo;
 * it may reach past the image's edge, where pixels are reflected.
 */
export type TilePlan = {
  readonly readRegion: Region;
  readonly writeRegion: Region;
  readonly modelPerImagePixel: number;
};

export type TileOptions = {
  /** Longest side of a read region, in model pixels, halo included. */
  size: number;
  /** Context a pixel needs on each side, in model pixels. */
  halo: number;
  /** Sides and origins of read regions are multiples of this, so that a strided network meets every pixel in the same phase. */
  multiple: number;
};

const floorTo = (value: number, multiple: number) => Math.floor(value / multiple) * multiple;
const ceilTo = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Cuts `length` into equal parts of at most `longest`; the last takes what is left. */
function split(length: number, longest: number): { start: number; length: number }[] {
  const count = Math.ceil(length / longest);
  const step = Math.ceil(length / count);
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({
    start: i * step,
    length: Math.min(step, length - i * step),
  }));
}

/** The read interval, in model pixels, that a write interval in image pixels needs. */
function readInterval(start: number, length: number, modelPerImagePixel: number, options: TileOptions) {
  const from = floorTo(Math.floor(start * modelPerImagePixel) - options.halo, options.multiple);
  const to = ceilTo(Math.ceil((start + length) * modelPerImagePixel) + options.halo, options.multiple);
  return { start: from, length: to - from };
}

/**
 * Plans the tiles of an image: write regions partition the image, read regions hold them and their halo.
 *
 * @param width - image width in pixels
 * @param height - image height in pixels
 * @param modelPerImagePixel - model pixels per image pixel = image µm/px divided by model µm/px
 * @returns tiles in raster order
 * @throws RangeError when the halo and the phase leave nothing of the tile to write
 */
export function planTiles(width: number, height: number, modelPerImagePixel: number, options: TileOptions): TilePlan[] {
  // Rounding to the phase can add up to one multiple on each side, and one pixel comes from fractional scales.
  const usable = options.size - 2 * options.halo - 2 * options.multiple - 2;
  const longest = Math.floor(usable / modelPerImagePixel);
  if (longest < 1)
    throw new RangeError(
      `a tile of ${options.size} px with a halo of ${options.halo} px leaves nothing to write at ${modelPerImagePixel} model px per image px`,
    );
  const columns = split(width, longest);
  const rows = split(height, longest);
  return rows.flatMap((row) =>
    columns.map((column) => {
      const x = readInterval(column.start, column.length, modelPerImagePixel, options);
      const y = readInterval(row.start, row.length, modelPerImagePixel, options);
      return {
        readRegion: { x: x.start, y: y.start, width: x.length, height: y.length },
        writeRegion: { x: column.start, y: row.start, width: column.length, height: row.length },
        modelPerImagePixel,
      };
    }),
  );
}
