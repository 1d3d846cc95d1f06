import 'server-only';
import type { OutputInfo } from 'sharp';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { type Damage, findLostTiles, isHarmless, MAX_MISSING, wordsOf } from '@/lib/server/images/find-damage';
import { countSurplus, isWholeJpeg } from '@/lib/server/images/jpeg-surplus';
import sharp from '@/lib/server/images/limited-sharp';
import { declareColour } from '@/lib/server/readers/codecs/jpeg-colour';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import { overlap, type PageTiles, rectangleOf, tileAt, tileOf, tilesUnder } from './page-tiles';

/** A page whose tiles are JPEG. */
export type JpegPage = PageTiles & { jpeg: NonNullable<PageTiles['jpeg']> };

const TILES_AT_ONCE = 8;
const WHITE = 255;
/** Time limit for decoding one tile. */
const TILE_SECONDS = 5;
const MAX_TILE_PIXELS = 1 << 28;

export const isJpegPage = (tiles: PageTiles | null): tiles is JpegPage => tiles !== null && tiles.jpeg !== null;

/**
 * Reads a region of a page in JPEG, tile by tile, with the colour that was found for the page. Missing tiles are white.
 * Tiles that cannot be decoded are white, too, up to a tenth of the region.
 *
 * @param region - in the page's pixels
 * @throws Refusal where more than a tenth cannot be decoded
 */
export async function readJpegTiles(
  file: RandomAccess,
  page: JpegPage,
  region: SlideRegion,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const raster = sharedRaster(region.width, region.height, 3);
  raster.data.fill(WHITE);
  const damage = await findDamage(page, region, async (index, place) => {
    const jpeg = declareColour(await file.read(place.offset, place.bytes), page.jpeg.tables, page.jpeg.colour);
    const decoded = await decodeWhole(jpeg);
    if (decoded === null) return false;
    write(decoded, { page, index, region, raster });
    return true;
  });
  return { raster, damage };
}

/**
 * Finds tiles of a region that cannot be decoded whole, for a reader that gives no warning of them.
 *
 * @param region - in the page's pixels
 * @throws Refusal where they are more than a tenth of the region
 */
export function checkJpegTiles(file: RandomAccess, page: JpegPage, region: SlideRegion): Promise<Damage | null> {
  return findDamage(page, region, async (_, { offset, bytes }) => {
    const jpeg = declareColour(await file.read(offset, bytes), page.jpeg.tables, page.jpeg.colour);
    return isWholeJpeg(jpeg, TILE_SECONDS);
  });
}

async function findDamage(
  page: JpegPage,
  region: SlideRegion,
  isSound: (index: number, place: { offset: number; bytes: number }) => Promise<boolean>,
): Promise<Damage | null> {
  const wanted = [...tilesUnder(page, region)];
  const lost = new Set<number>();
  for (let start = 0; start < wanted.length; start += TILES_AT_ONCE)
    await Promise.all(
      wanted.slice(start, start + TILES_AT_ONCE).map(async (index) => {
        const place = tileAt(page, index);
        if (place !== null && !(await isSound(index, place))) lost.add(index);
      }),
    );
  if (lost.size === 0) return null;
  const part = { left: region.x, top: region.y, width: region.width, height: region.height };
  const damage = await findLostTiles(part, page.tile, async ({ left, top }) => !lost.has(tileOf(page, left, top)));
  if (damage && damage.share > MAX_MISSING)
    throw new Refusal(`TIFF: the file is cut short or damaged: ${damage.detail}`);
  return damage;
}

type Decoded = { data: Buffer; info: OutputInfo };

/** Writes the part of a decoded tile that is in the region. @throws Refusal for a tile that is smaller than its place */
function write(
  { data, info }: Decoded,
  { page, index, region, raster }: { page: JpegPage; index: number; region: SlideRegion; raster: Raster },
): void {
  const rectangle = rectangleOf(page, index);
  const inside = {
    width: Math.min(rectangle.width, page.width - rectangle.x),
    height: Math.min(rectangle.height, page.height - rectangle.y),
  };
  if (info.channels !== 3 || info.width < inside.width || info.height < inside.height)
    throw new Refusal(
      `TIFF: tile or strip ${index} has ${info.width} x ${info.height} pixels, where ${inside.width} x ${inside.height} are needed`,
    );
  const { left, top, right, bottom } = overlap({ ...rectangle, ...inside }, region, raster);
  const shift = { x: region.x - rectangle.x, y: region.y - rectangle.y };
  for (let row = top; row < bottom; row++) {
    const from = ((row + shift.y) * info.width + left + shift.x) * 3;
    raster.data.set(data.subarray(from, from + (right - left) * 3), (row * raster.width + left) * 3);
  }
}

/** By the rules for whole JPEG files: null where the decoder warns, unless the warning is harmless. */
async function decodeWhole(jpeg: Buffer): Promise<Decoded | null> {
  const decode = (failOn: 'none' | 'warning') =>
    sharp(jpeg, { failOn, limitInputPixels: MAX_TILE_PIXELS })
      .timeout({ seconds: TILE_SECONDS })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
  try {
    const decoded = await decode('warning');
    return (await countSurplus(jpeg, TILE_SECONDS)) === 0 ? decoded : null;
  } catch (error) {
    const told = error instanceof Error ? wordsOf(error.message) : [];
    return isHarmless(told) ? decode('none').catch(() => null) : null;
  }
}
