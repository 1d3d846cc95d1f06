import 'server-only';
import { isJpegPage, type JpegPage } from '@/lib/server/readers/tiff/jpeg-tiles';
import { type PageTiles, tilesAcross } from '@/lib/server/readers/tiff/page-tiles';

type Size = { width: number; height: number };

/**
 * One level of the copy: passed on from a page of the file, or built from the level before (the first from the slide's
 * pixels).
 */
export type PlannedLevel = Size & { tile: Size; page: JpegPage | null };

/** Of tiles that are written here. */
export const TILE_SIDE = 512;
/** A tile that is passed on has at most so many pixels, since a viewer decodes it whole. */
const MAX_TILE_PIXELS = 2048 * 2048;

/** Plans the levels of a slide whose pixels are all written anew. */
export function planWritten({ width, height }: Size): PlannedLevel[] {
  return withHalvings({ width, height, tile: { width: TILE_SIDE, height: TILE_SIDE }, page: null }, () => null);
}

/**
 * Plans the levels of a slide whose tiles are JPEG: each page that is a halving is passed on, those that are missing are
 * built.
 *
 * @param pages - the tiles of each level of the file, the finest first
 * @returns null where the tiles of the full resolution cannot be passed on
 */
export function planPassed(pages: readonly PageTiles[]): PlannedLevel[] | null {
  const [full, ...smaller] = pages;
  if (!full || !canPass(full)) return null;
  const { width, height, tile } = full;
  return withHalvings(
    { width, height, tile, page: full },
    (index) => smaller.filter(canPass).find((page) => isHalving(page, full, index)) ?? null,
  );
}

/**
 * All levels below one, down to one tile. A page of the file may be a pixel smaller than our halving, and so are the levels
 * that are built of it.
 */
function withHalvings(full: PlannedLevel, pageOf: (index: number) => JpegPage | null): PlannedLevel[] {
  const levels = [full];
  for (let level = full; !isOneTile(level); ) {
    const page = pageOf(levels.length);
    if (page) level = { width: page.width, height: page.height, tile: page.tile, page };
    else level = { ...halfOf(level), tile: level.tile, page: null };
    levels.push(level);
  }
  return levels.map(fitted);
}

/** Some readers refuse tiles that are much larger than their page. A tile that is alone in its direction may be smaller. */
function fitted(level: PlannedLevel): PlannedLevel {
  if (level.page) return level;
  const alone = (side: number, tile: number) => Math.min(tile, 16 * Math.ceil(side / 16));
  const { width, height, tile } = level;
  return { ...level, tile: { width: alone(width, tile.width), height: alone(height, tile.height) } };
}

const isOneTile = ({ width, height, tile }: PlannedLevel) => width <= tile.width && height <= tile.height;
const halfOf = ({ width, height }: Size) => ({ width: Math.ceil(width / 2), height: Math.ceil(height / 2) });

/** Writers round the sizes of levels up, down, or to the nearest. */
const isHalving = (page: Size, full: Size, index: number) =>
  Math.abs(page.width - full.width / 2 ** index) < 1 && Math.abs(page.height - full.height / 2 ** index) < 1;

/** Whether the tiles of a page may be copied as they are. */
function canPass(page: PageTiles): page is JpegPage {
  const { tile, offsets } = page;
  if (!isJpegPage(page) || !page.isTiled || page.isPlanar) return false;
  const isWhole = tile.width % 16 === 0 && tile.height % 16 === 0 && tile.width * tile.height <= MAX_TILE_PIXELS;
  return isWhole && offsets.length >= tilesAcross(page) * Math.ceil(page.height / tile.height);
}
