import 'server-only';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import type { Raster } from '@/lib/imaging/raster';
import type { Part } from '@/lib/server/images/find-damage';
import { isBare, type JpegColour, jpegColour, readJpegHead } from '@/lib/server/readers/codecs/jpeg-colour';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { COMPRESSION, PHOTOMETRIC, TAG, type TiffPage } from './tiff-tags';

/** The tiles of a page. A strip is a tile that is as wide as its page. */
export type PageTiles = {
  width: number;
  height: number;
  tile: { width: number; height: number };
  /** Where each tile starts in the file, row by row; in planar pictures channel by channel. 0 = missing. */
  offsets: readonly number[];
  /** Bytes of each tile. 0 = missing. */
  counts: readonly number[];
  /** Not strips. */
  isTiled: boolean;
  isPlanar: boolean;
  hasMissing: boolean;
  /** Whether they are compressed by Deflate, which has a checksum. */
  isDeflate: boolean;
  /** Of tiles in JPEG with three components; else null. */
  jpeg: { colour: JpegColour; tables: Buffer | null; isDecodedHere: boolean } | null;
};

/** Enough bytes of a JPEG stream for the markers before its pixels. */
const HEAD_BYTES = 1 << 16;
const WHITE = 255;
/** Deflate by its two numbers. */
const DEFLATE: readonly number[] = [8, 32946];

/**
 * Describes the tiles of a page.
 *
 * JPEG is decoded here (`isDecodedHere`) where the page's reader is wrong: where it takes the samples for another colour, or
 * leaves missing tiles black. The common reader also ignores damage to tiles, and refuses strips whose subsampling differs
 * from the tag.
 *
 * @param forBioformats - whether Bio-Formats reads the page. It converts YCbCr twice that is not subsampled, and takes RGB
 *   without a marker for YCbCr.
 * @returns null for a page without tiles
 */
export async function describeTiles(
  file: RandomAccess,
  page: TiffPage,
  forBioformats: boolean,
): Promise<PageTiles | null> {
  const width = await page.number(TAG.width, 0);
  const height = await page.number(TAG.height, 0);
  const isTiled = page.has(TAG.tileOffsets);
  const offsets = await page.numbers(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const stated = await page.numbers(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const rows = Math.min(await page.number(TAG.rowsPerStrip, height), height);
  const tile = isTiled
    ? { width: await page.number(TAG.tileWidth, 0), height: await page.number(TAG.tileHeight, 0) }
    : { width, height: rows };
  if (!(width > 0 && height > 0 && tile.width > 0 && tile.height > 0) || offsets.length === 0) return null;
  // The oldest writers leave out the byte counts of strips.
  const counts = offsets.map((offset, i) => stated[i] ?? (offset > 0 ? file.size - offset : 0));
  const hasMissing = offsets.some((offset, i) => offset === 0 || counts[i] === 0);
  const isPlanar = (await page.number(TAG.planarConfiguration, 1)) === 2;
  const isDeflate = DEFLATE.includes(await page.number(TAG.compression, 1));
  const first = offsets.find((offset, i) => offset > 0 && counts[i] !== 0);
  const found = isPlanar || first === undefined ? null : await describeJpeg(file, page, first);
  const isMisread =
    found !== null && (found.isDenied || (forBioformats ? found.isMisreadByBioformats : isTiled || found.isMisstated));
  const jpeg = found && { colour: found.colour, tables: found.tables, isDecodedHere: hasMissing || isMisread };
  return { width, height, tile, offsets, counts, isTiled, isPlanar, hasMissing, isDeflate, jpeg };
}

async function describeJpeg(file: RandomAccess, page: TiffPage, offset: number) {
  if ((await page.number(TAG.compression, 1)) !== COMPRESSION.jpeg) return null;
  const head = readJpegHead(await file.read(offset, HEAD_BYTES));
  if (head === null) return null;
  const photometric = await page.number(TAG.photometric, PHOTOMETRIC.rgb);
  const byContainer = photometric === PHOTOMETRIC.yCbCr ? 'ycc' : 'rgb';
  const colour = jpegColour(head, byContainer);
  const subsampling = await page.numbers(TAG.yCbCrSubsampling);
  const isFullySampled = subsampling[0] === 1 && subsampling[1] === 1;
  return {
    colour,
    tables: await page.bytes(TAG.jpegTables),
    isDenied: colour !== byContainer,
    isMisstated: byContainer === 'ycc' && isFullySampled && head.isSubsampled,
    isMisreadByBioformats: colour === 'rgb' ? isBare(head) : byContainer === 'ycc' && isFullySampled,
  };
}

/** The tile of this number, or null where it is missing. */
export function tileAt({ offsets, counts }: PageTiles, index: number): { offset: number; bytes: number } | null {
  const [offset = 0, bytes = 0] = [offsets[index], counts[index]];
  return offset > 0 && bytes > 0 ? { offset, bytes } : null;
}

/** How many tiles lie side by side. */
export const tilesAcross = ({ width, tile }: PageTiles): number => Math.ceil(width / tile.width);

/** The number of the tile that holds a pixel; in planar pictures that of the first channel. */
export const tileOf = (tiles: PageTiles, x: number, y: number): number =>
  Math.floor(y / tiles.tile.height) * tilesAcross(tiles) + Math.floor(x / tiles.tile.width);

/** What a tile covers, in the page's pixels. It may extend past the picture's edge. */
export function rectangleOf(tiles: PageTiles, index: number): SlideRegion {
  const across = tilesAcross(tiles);
  const { width, height } = tiles.tile;
  return { x: (index % across) * width, y: Math.floor(index / across) * height, width, height };
}

/** The numbers of the tiles that a region touches, row by row. */
export function* tilesUnder(tiles: PageTiles, { x, y, width, height }: SlideRegion): Generator<number> {
  const last = { x: Math.min(x + width, tiles.width) - 1, y: Math.min(y + height, tiles.height) - 1 };
  const [right, bottom] = [Math.floor(last.x / tiles.tile.width), Math.floor(last.y / tiles.tile.height)];
  for (let row = Math.floor(y / tiles.tile.height); row <= bottom; row++)
    for (let column = Math.floor(x / tiles.tile.width); column <= right; column++)
      yield row * tilesAcross(tiles) + column;
}

/** The part of `rectangle` in a picture whose corner is at `origin`, in that picture's pixels. */
export function overlap(
  rectangle: SlideRegion,
  origin: { x: number; y: number },
  { width, height }: { width: number; height: number },
) {
  const clamp = (value: number, max: number) => Math.min(max, Math.max(0, value));
  return {
    left: clamp(rectangle.x - origin.x, width),
    top: clamp(rectangle.y - origin.y, height),
    right: clamp(rectangle.x + rectangle.width - origin.x, width),
    bottom: clamp(rectangle.y + rectangle.height - origin.y, height),
  };
}

/** Makes missing tiles of a region white, since scanners leave out glass. In the page's pixels. */
export function whitenMissing(tiles: PageTiles, region: SlideRegion, pixels: Raster): void {
  if (!tiles.hasMissing) return;
  const perChannel = tilesAcross(tiles) * Math.ceil(tiles.height / tiles.tile.height);
  const planes = tiles.isPlanar ? [[0], [1], [2]] : [[0, 1, 2]];
  for (const [plane, channels] of planes.entries())
    for (const index of tilesUnder(tiles, region)) {
      if (tileAt(tiles, plane * perChannel + index) !== null) continue;
      const { left, top, right, bottom } = overlap(rectangleOf(tiles, index), region, pixels);
      for (let row = top; row < bottom; row++)
        for (let at = row * pixels.width + left; at < row * pixels.width + right; at++)
          for (const channel of channels) pixels.data[at * 3 + channel] = WHITE;
    }
}

/** Moves parts of a page into the pixels of a region of it. */
export const partsIn = (region: SlideRegion, parts: readonly Part[]): Part[] =>
  parts.map(({ left, top, width, height }) => ({ left: left - region.x, top: top - region.y, width, height }));
