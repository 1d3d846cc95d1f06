/** A rectangle of whole pixels: `x`, `y` is its top left corner. */
export type Region = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * One tile of an image.
 * `writeRegion` is in image pixels: the tile owns it, no other tile writes there.
 * `readRegion` is in model pixels (the image resampled to the model's µm/px) and holds the write region plus the halo;
 * it may reach past the image's edge, where pixels are reflected.
 * `cutRegion`, which only tiles of fixed size have, is in image pixels: it is cut out first and then scaled, alone, to the read
 * region, which so begins at 0, 0. Past the image's end it holds the mirrored image.
 */
export type TilePlan = {
  readonly readRegion: Region;
  readonly writeRegion: Region;
  readonly modelPerImagePixel: number;
  readonly cutRegion?: Region;
};

export type TileOptions = {
  /** Largest read region, halo included: `size` x `size` model pixels, or oblong and as many. */
  size: number;
  /** Context a pixel needs on each side, in model pixels. */
  halo: number;
  /** The same where the image ends and pixels are but reflected; as much as elsewhere, unless told. */
  edgeHalo?: number | undefined;
  /** Sides and origins of read regions are multiples of this, so that a strided network meets every pixel in the same phase. */
  multiple: number;
  /** Every read region is exactly `size` x `size`, see `planFixedTiles`: for networks whose statistics are those of the tile. */
  fixed?: boolean | undefined;
};

const floorTo = (value: number, multiple: number) => Math.floor(value / multiple) * multiple;
const ceilTo = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Cuts `length` into `count` equal parts, or fewer where fewer do; the last takes what is left. */
function split(length: number, count: number): { start: number; length: number }[] {
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

/** One axis cut into intervals; the longest of what they read, and all of it, in model pixels. */
type Cut = { intervals: Interval[]; longest: number; total: number };

/**
 * With two threads one waits for the last of an odd number of tiles, which counts as a part of a tile more. How an image is
 * cut does not depend on the threads there are, and so numbers do not either.
 */
const ODD_TILE_COST = 0.25;

/** The ways to cut one axis, in one part, two, and so on; shorter parts would read little but their halo. */
function planAxis(length: number, modelPerImagePixel: number, options: TileOptions): Cut[] {
  const { size, halo, multiple } = options;
  const cuts: Cut[] = [];
  for (let count = 1; count <= length; count++) {
    const intervals = split(length, count).map((write) => ({
      read: readInterval(write.start, write.length, length, modelPerImagePixel, options),
      write,
    }));
    const reads = intervals.map(({ read }) => read.length);
    const longest = Math.max(...reads);
    cuts.push({ intervals, longest, total: reads.reduce((sum, read) => sum + read) });
    if (longest <= size / 2 + halo || intervals[0].write.length * modelPerImagePixel <= multiple) break;
  }
  return cuts;
}

/** Columns and rows whose tiles hold at most `size` x `size` pixels and together the fewest. */
function planAxes(width: number, height: number, modelPerImagePixel: number, options: TileOptions): [Cut, Cut] {
  let best: [Cut, Cut] | null = null;
  let leastCost = Number.POSITIVE_INFINITY;
  const rows = planAxis(height, modelPerImagePixel, options);
  for (const column of planAxis(width, modelPerImagePixel, options))
    for (const row of rows) {
      if (column.longest * row.longest > options.size ** 2) continue;
      const count = column.intervals.length * row.intervals.length;
      const cost = column.total * row.total * (1 + (count % 2) * (ODD_TILE_COST / count));
      if (cost < leastCost) [best, leastCost] = [[column, row], cost];
    }
  if (!best) throw nothingToWrite(modelPerImagePixel, options);
  return best;
}

/**
 * Tiles of fixed size along one axis, all in image pixels. They start every `side - 2 * overlap` pixels; one that would reach past
 * the end is moved back to end there. Each writes its centre without the overlap, and the overlap at a side of the image.
 * Where two would write, the later one does. An axis that is not longer than a tile is one tile.
 */
function planFixedAxis(length: number, side: number, overlap: number) {
  const starts: number[] = [];
  for (let start = 0; start + side < length; start += side - 2 * overlap) starts.push(start);
  starts.push(Math.max(0, length - side));
  const borders = starts.map((start, i) => (i === 0 ? 0 : start + overlap));
  return starts.map((start, i) => ({
    cut: start,
    write: { start: borders[i], length: (borders[i + 1] ?? length) - borders[i] },
  }));
}

/**
 * The grid of networks whose statistics are those of the tile: another grid would give another picture. A tile is as many image
 * pixels as scale to `size`, and overlaps by the same share of it as `halo` is of `size`.
 */
function planFixedTiles(width: number, height: number, modelPerImagePixel: number, options: TileOptions): TilePlan[] {
  const { size, halo } = options;
  if (size < modelPerImagePixel) throw nothingToWrite(modelPerImagePixel, options);
  const side = Math.round(size / modelPerImagePixel);
  const overlap = Math.floor((side * halo) / size);
  const columns = planFixedAxis(width, side, overlap);
  return planFixedAxis(height, side, overlap).flatMap((row) =>
    columns.map((column) => ({
      readRegion: { x: 0, y: 0, width: size, height: size },
      writeRegion: { x: column.write.start, y: row.write.start, width: column.write.length, height: row.write.length },
      cutRegion: { x: column.cut, y: row.cut, width: side, height: side },
      modelPerImagePixel: size / side,
    })),
  );
}

const nothingToWrite = (modelPerImagePixel: number, { size, halo }: TileOptions) =>
  new RangeError(
    `a tile of ${size} px with a halo of ${halo} px leaves nothing to write at ${modelPerImagePixel} model px per image px`,
  );

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
  if (options.fixed) return planFixedTiles(width, height, modelPerImagePixel, options);
  const [columns, rows] = planAxes(width, height, modelPerImagePixel, options);
  return rows.intervals.flatMap(({ read: y, write: row }) =>
    columns.intervals.map(({ read: x, write: column }) => ({
      readRegion: { x: x.start, y: y.start, width: x.length, height: y.length },
      writeRegion: { x: column.start, y: row.start, width: column.length, height: row.length },
      modelPerImagePixel,
    })),
  );
}
