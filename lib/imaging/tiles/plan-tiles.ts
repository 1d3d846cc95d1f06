/** A rectangle of whole pixels: `x`, `y` is its top left corner. */
export type TileRegion = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** The smallest rectangle that holds two others. */
export function unite(a: TileRegion, b: TileRegion): TileRegion {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** The common part of two rectangles; null where there is none. */
export function intersect(a: TileRegion, b: TileRegion): TileRegion | null {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/**
 * One tile of an image.
 * `writeRegion` is in image pixels. The tile owns it: no other tile writes there.
 * `readRegion` is in model pixels (the image resampled to the model's µm/px): the write region plus the halo. It may
 * reach past the image's border, where pixels are reflected.
 * `cutRegion` is in image pixels, and only tiles of fixed size have it. It is cut out first and then scaled alone to the
 * read region, which therefore begins at 0, 0. Past the image's border it holds the mirrored image.
 */
export type TilePlan = {
  readonly readRegion: TileRegion;
  readonly writeRegion: TileRegion;
  readonly modelPerImagePixel: number;
  readonly cutRegion?: TileRegion;
};

export type TileOptions = {
  /** The largest read region, halo included, has `size` x `size` model pixels; it need not be square. */
  size: number;
  /** Context a pixel needs on each side, in model pixels. */
  halo: number;
  /** Halo at the image border, where pixels are reflected; defaults to `halo`. */
  edgeHalo?: number | undefined;
  /** Sides and origins of read regions are multiples of this, so that a strided network sees every pixel in the same phase. */
  multiple: number;
  /** Every read region is exactly `size` x `size`, see `planFixedTiles`. */
  fixed?: boolean | undefined;
};

const floorTo = (value: number, multiple: number) => Math.floor(value / multiple) * multiple;
const ceilTo = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** Cuts `length` into `count` parts of one length, the last maybe shorter; fewer parts if fewer are enough. */
function split(length: number, count: number): { start: number; length: number }[] {
  const step = Math.ceil(length / count);
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({
    start: i * step,
    length: Math.min(step, length - i * step),
  }));
}

/** The read interval, in model pixels, of a write interval in image pixels; `whole` is the length of the image. */
export function readInterval(
  start: number,
  length: number,
  whole: number,
  modelPerImagePixel: number,
  options: TileOptions,
) {
  const { halo, edgeHalo = halo, multiple } = options;
  const first = Math.max(Math.floor(start * modelPerImagePixel) - halo, -edgeHalo);
  const end = Math.ceil((start + length) * modelPerImagePixel) + halo;
  const from = floorTo(first, multiple);
  const to = ceilTo(Math.min(end, Math.ceil(whole * modelPerImagePixel) + edgeHalo), multiple);
  return { start: from, length: to - from };
}

/** The read interval, in model pixels, and the write interval, in image pixels, of one tile along one axis. */
type Interval = { read: { start: number; length: number }; write: { start: number; length: number } };

/** One axis cut into intervals; the longest read interval and the sum of all, in model pixels. */
type Cut = { intervals: Interval[]; longest: number; total: number };

/**
 * Cost of an odd number of tiles, in tiles: with two threads one of them idles during the last tile. The number of
 * threads plays no part in how an image is cut, so numbers do not depend on it.
 */
const ODD_TILE_COST = 0.25;

/** The ways to cut one axis: into one part, two, and so on, until a part would read little besides its halo. */
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

/** The columns and rows whose tiles have at most `size` x `size` pixels each and together read the fewest. */
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
 * Tiles of fixed size along one axis, all in image pixels. They start every `side - 2 * overlap` pixels; one that would
 * reach past the end is moved back to end there. Each writes its centre without the overlap, and also the overlap at the
 * image border. Where two tiles could write, the later one does. An axis that is not longer than a tile has one tile.
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
 * The grid of networks that normalise by the statistics of the tile, where another grid would give another picture. A
 * tile has as many image pixels as scale to `size`, and overlaps by the same share of them as `halo` is of `size`.
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
 * The same tile at another scale: it reads what that view needs and owns the same pixels.
 *
 * @param image - the whole image's size, in its pixels
 * @param scale - pixels of the view per model pixel, 1 or less; halo and multiple count pixels of the view
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
 * Plans the tiles of an image. Write regions partition the image; a read region is a write region plus its halo.
 *
 * @param width - image width in pixels
 * @param height - image height in pixels
 * @param modelPerImagePixel - model pixels per image pixel = image µm/px divided by model µm/px
 * @returns tiles in raster order
 * @throws RangeError when halo and multiple leave nothing of the tile to write
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
