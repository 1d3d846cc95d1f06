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
  /** The same where the image ends and pixels are but reflected; as much as elsewhere, unless told. */
  edgeHalo?: number | undefined;
  /** Sides and origins of read regions are multiples of this, so that a strided network meets every pixel in the same phase. */
  multiple: number;
  /** Every read region is exactly `size` x `size`, in any phase: for networks whose statistics are those of the tile. */
  fixed?: boolean | undefined;
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

/** The read interval, in model pixels, that a write interval in image pixels needs of an image that is `whole` long. */
function readInterval(start: number, length: number, whole: number, modelPerImagePixel: number, options: TileOptions) {
  const { halo, edgeHalo = halo, multiple } = options;
  const first = Math.max(Math.floor(start * modelPerImagePixel) - halo, -edgeHalo);
  const end = Math.ceil((start + length) * modelPerImagePixel) + halo;
  const from = floorTo(first, multiple);
  const to = ceilTo(Math.min(end, Math.ceil(whole * modelPerImagePixel) + edgeHalo), multiple);
  return { start: from, length: to - from };
}

/** The read interval, in model pixels, and the write interval, in image pixels, of one tile along one axis. */
type Interval = { read: { start: number; length: number }; write: { start: number; length: number } };

/** Tiles no longer than `size`, their ends in the network's phase. */
function planAxis(length: number, modelPerImagePixel: number, options: TileOptions): Interval[] {
  // Rounding to the phase can add up to one multiple on each side, and one pixel comes from fractional scales.
  const usable = options.size - 2 * options.halo - 2 * options.multiple - 2;
  return split(length, longestWrite(usable, modelPerImagePixel, options)).map((write) => ({
    read: readInterval(write.start, write.length, length, modelPerImagePixel, options),
    write,
  }));
}

/** Tiles of exactly `size`, spread evenly: an image that is long enough is read to its edge and not past it. */
function planFixedAxis(length: number, modelPerImagePixel: number, options: TileOptions): Interval[] {
  const { size, halo } = options;
  const total = length * modelPerImagePixel;
  // Where neighbours meet is rounded to an image pixel, and where they begin to a model pixel.
  const usable = size - 2 * halo - Math.ceil(modelPerImagePixel) - 1;
  longestWrite(usable, modelPerImagePixel, options);
  const count = total <= size ? 1 : 1 + Math.ceil((total - size) / usable);
  const starts = Array.from({ length: count }, (_, i) =>
    Math.round(count === 1 ? (total - size) / 2 : (i * (total - size)) / (count - 1)),
  );
  const borders = starts.map((start, i) =>
    i === 0 ? 0 : Math.round((starts[i - 1]! + size + start) / 2 / modelPerImagePixel),
  );
  return starts.map((start, i) => ({
    read: { start, length: size },
    write: { start: borders[i]!, length: (borders[i + 1] ?? length) - borders[i]! },
  }));
}

/** Image pixels that `usable` model pixels hold. */
function longestWrite(usable: number, modelPerImagePixel: number, { size, halo }: TileOptions): number {
  const longest = Math.floor(usable / modelPerImagePixel);
  if (longest < 1)
    throw new RangeError(
      `a tile of ${size} px with a halo of ${halo} px leaves nothing to write at ${modelPerImagePixel} model px per image px`,
    );
  return longest;
}

/**
 * The same tile as the network sees it at another scale: it reads what that view needs and owns the same pixels.
 *
 * @param image - the whole image's size, in its pixels
 * @param scale - pixels of the view per model pixel, 1 or less; halo and phase are counted in the view's pixels
 */
export function viewAt(
  tile: TilePlan,
  image: { readonly width: number; readonly height: number },
  scale: number,
  options: TileOptions,
): TilePlan {
  const { x, y, width, height } = tile.writeRegion;
  const modelPerImagePixel = scale * tile.modelPerImagePixel;
  const column = readInterval(x, width, image.width, modelPerImagePixel, options);
  const row = readInterval(y, height, image.height, modelPerImagePixel, options);
  return {
    readRegion: { x: column.start, y: row.start, width: column.length, height: row.length },
    writeRegion: tile.writeRegion,
    modelPerImagePixel,
  };
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
  const plan = options.fixed ? planFixedAxis : planAxis;
  const columns = plan(width, modelPerImagePixel, options);
  const rows = plan(height, modelPerImagePixel, options);
  return rows.flatMap(({ read: y, write: row }) =>
    columns.map(({ read: x, write: column }) => ({
      readRegion: { x: x.start, y: y.start, width: x.length, height: y.length },
      writeRegion: { x: column.start, y: row.start, width: column.length, height: row.length },
      modelPerImagePixel,
    })),
  );
}
