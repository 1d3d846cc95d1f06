import 'server-only';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Sharp } from 'sharp';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import {
  type Damage,
  findLostTiles,
  isHarmless,
  MAX_MISSING,
  type Part,
  whiten,
  wordsOf,
} from '@/lib/server/images/find-damage';
import { openRandomAccess, type SlideInput } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { TiffPlace } from './tiff-pictures';
import { readTiffPages, TAG } from './tiff-tags';

/** Deflate by its two numbers. */
const DEFLATE = [8, 32946];
const DEFAULT_TILE = { width: 256, height: 256 };

type Tiles = {
  tile: { width: number; height: number };
  across: number;
  offsets: number[];
  counts: number[];
  isDeflate: boolean;
};

/**
 * Decodes a part of a tiled TIFF, strict about warnings. Where that fails, tile by tile: those that cannot be decoded
 * stay white, up to a tenth of the part.
 *
 * @throws Refusal where more is missing
 */
export async function readTiles(
  { input, where, open }: { input: SlideInput; where: TiffPlace; open: (failOn: 'none' | 'warning') => Sharp },
  region: Part,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const tiles = await describeTiles(input, where);
  const whole = await decode(open('warning'), region);
  const corrupt = tiles?.isDeflate ? await findCorrupt(input, tiles, region) : new Set<number>();
  if (whole.raster && corrupt.size === 0) return { raster: whole.raster, damage: null };
  if (isHarmless(whole.messages) && corrupt.size === 0) {
    const { raster, error } = await decode(open('none'), region);
    if (raster) return { raster, damage: null };
    throw error;
  }
  return readOneByOne(open, region, tiles, corrupt, whole.error);
}

async function readOneByOne(
  open: (failOn: 'warning') => Sharp,
  region: Part,
  tiles: Tiles | null,
  corrupt: ReadonlySet<number>,
  error: unknown,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const { tile, across } = tiles ?? { tile: DEFAULT_TILE, across: 0 };
  const raster = sharedRaster(region.width, region.height, 3);
  const damage = await findLostTiles(region, tile, async (part) => {
    const index = Math.floor(part.top / tile.height) * across + Math.floor(part.left / tile.width);
    const { raster: piece } = corrupt.has(index) ? { raster: null } : await decode(open('warning'), part);
    if (piece === null) return false;
    for (let row = 0; row < part.height; row++) {
      const to = ((part.top - region.top + row) * region.width + part.left - region.left) * 3;
      raster.data.set(piece.data.subarray(row * part.width * 3, (row + 1) * part.width * 3), to);
    }
    return true;
  });
  if (damage === null) return { raster, damage };
  if (damage.share === 1) throw error ?? new Refusal(`TIFF: ${damage.detail}`);
  if (damage.share > MAX_MISSING) throw new Refusal(`TIFF: the file is cut short or damaged: ${damage.detail}`);
  const inRegion = ({ left, top, ...size }: Part) => ({ left: left - region.left, top: top - region.top, ...size });
  whiten(raster, damage.parts.map(inRegion));
  return { raster, damage };
}

async function decode(image: Sharp, region: Part) {
  const messages: string[] = [];
  image.on('warning', (message: string) => messages.push(...wordsOf(message)));
  try {
    const { data, info } = await image
      .extract(region)
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels, where RGB is needed`);
    const raster = sharedRaster(info.width, info.height, 3);
    raster.data.set(data);
    return { raster, messages: [], error: null };
  } catch (error) {
    const own = error instanceof Error ? wordsOf(error.message) : [];
    return { raster: null, messages: [...own, ...messages], error };
  }
}

async function describeTiles(input: SlideInput, where: TiffPlace): Promise<Tiles | null> {
  const file = await openRandomAccess(input);
  try {
    const pages = (await readTiffPages(file)) ?? [];
    const { page: number, subifd } = where;
    const page = subifd === undefined ? pages[number] : pages[number]?.subPages[subifd];
    if (!page) return null;
    const tile = { width: await page.number(TAG.tileWidth, 0), height: await page.number(TAG.tileHeight, 0) };
    if (tile.width < 1 || tile.height < 1) return null;
    return {
      tile,
      across: Math.ceil((await page.number(TAG.width, 0)) / tile.width),
      offsets: await page.numbers(TAG.tileOffsets),
      counts: await page.numbers(TAG.tileByteCounts),
      isDeflate: DEFLATE.includes(await page.number(TAG.compression, 1)),
    };
  } finally {
    await file.close();
  }
}

const inflated = promisify(inflate);

/** Tiles of a region whose checksum does not match: libtiff stops reading once a tile is full, and does not look at it. */
async function findCorrupt(
  input: SlideInput,
  { tile, across, offsets, counts }: Tiles,
  { left, top, width, height }: Part,
) {
  const corrupt = new Set<number>();
  const maxOutputLength = tile.width * tile.height * 3;
  const file = await openRandomAccess(input);
  try {
    for (let row = Math.floor(top / tile.height); row * tile.height < top + height; row++)
      for (let column = Math.floor(left / tile.width); column * tile.width < left + width; column++) {
        const index = row * across + column;
        if (!offsets[index] || !counts[index]) continue;
        const bytes = await file.read(offsets[index], counts[index]);
        await inflated(bytes, { maxOutputLength }).catch(() => corrupt.add(index));
      }
  } finally {
    await file.close();
  }
  return corrupt;
}
