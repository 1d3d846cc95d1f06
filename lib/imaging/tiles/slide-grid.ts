import { readInterval, type TileOptions, type TilePlan, type TileRegion } from './plan-tiles';

/**
 * Tiles of one size from the upper left corner of a picture on, whatever its size: a tile of a slide is the same whichever
 * part of the slide asks for it. `planTiles` fits its tiles to the picture instead, and reads fewer pixels.
 */
export type SlideGrid = {
  readonly width: number;
  readonly height: number;
  readonly modelPerImagePixel: number;
  readonly options: TileOptions;
  /** Of the region that a tile owns, in image pixels; tiles at the right and lower edge may own less. */
  readonly side: number;
  readonly columns: number;
  readonly rows: number;
};

/**
 * @param modelPerImagePixel - image µm/px divided by model µm/px
 * @throws RangeError where a tile is too small to own anything, or must have one fixed size
 */
export function planSlideGrid(
  width: number,
  height: number,
  modelPerImagePixel: number,
  options: TileOptions,
): SlideGrid {
  const { size, halo, multiple, fixed } = options;
  const exact = Math.floor((size - 2 * Math.ceil(halo / multiple) * multiple) / modelPerImagePixel);
  // Where tiles begin at multiples of the network's stride, each reads its halo, up to the next multiple. Else one may begin
  // and end nearly a stride, and a broken pixel, further outside.
  const isAligned = (exact * modelPerImagePixel) % multiple === 0;
  const side = isAligned ? exact : Math.floor((size - 2 * halo - 2 * multiple) / modelPerImagePixel);
  if (side < 1 || fixed)
    throw new RangeError(
      `tiles of ${size} px${fixed ? ', fixed,' : ''} with a halo of ${halo} px make no grid at ${modelPerImagePixel} model px per image px`,
    );
  return {
    ...{ width, height, modelPerImagePixel, options, side },
    columns: Math.ceil(width / side),
    rows: Math.ceil(height / side),
  };
}

/** What a tile owns, in image pixels. */
export function ownedBy({ width, height, side }: SlideGrid, column: number, row: number): TileRegion {
  const [x, y] = [column * side, row * side];
  return { x, y, width: Math.min(side, width - x), height: Math.min(side, height - y) };
}

export function tileOfGrid(grid: SlideGrid, column: number, row: number): TilePlan {
  const { width, height, modelPerImagePixel, options } = grid;
  const writeRegion = ownedBy(grid, column, row);
  const across = readInterval(writeRegion.x, writeRegion.width, width, modelPerImagePixel, options);
  const down = readInterval(writeRegion.y, writeRegion.height, height, modelPerImagePixel, options);
  return {
    readRegion: { x: across.start, y: down.start, width: across.length, height: down.length },
    writeRegion,
    modelPerImagePixel,
  };
}

/** The tiles that own pixels of a region: columns and rows from the first up to, but not including, the end. */
export function tilesIn({ side, columns, rows }: SlideGrid, { x, y, width, height }: TileRegion) {
  return {
    columns: { from: Math.max(0, Math.floor(x / side)), to: Math.min(columns, Math.ceil((x + width) / side)) },
    rows: { from: Math.max(0, Math.floor(y / side)), to: Math.min(rows, Math.ceil((y + height) / side)) },
  };
}
