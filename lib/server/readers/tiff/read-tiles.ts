import 'server-only';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Sharp } from 'sharp';
import type { SlideRegion } from '@/lib/contracts/picture-choice';
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
import type { RandomAccess } from '@/lib/server/readers/random-access';
import { Refusal } from '@/lib/server/readers/slide-source';
import { type PageTiles, partsIn, tileAt, tileOf, tilesUnder } from './page-tiles';

/** A page of a tiled TIFF that libvips decodes. */
export type LibvipsPage = {
  file: RandomAccess;
  tiles: PageTiles;
  /** @param failOn - `none` decodes what is left of damaged tiles */
  open: (failOn: 'none' | 'warning') => Sharp;
};

/**
 * Decodes a region of a page, and fails on warnings. After a failure it decodes tile by tile: tiles that cannot be decoded
 * are white, up to a tenth of the region.
 *
 * @throws Refusal where more than a tenth cannot be decoded
 */
export async function readTiles(
  page: LibvipsPage,
  region: SlideRegion,
): Promise<{ raster: Raster; damage: Damage | null }> {
  const part = { left: region.x, top: region.y, width: region.width, height: region.height };
  const whole = await decode(page.open('warning'), part);
  const corrupt = page.tiles.isDeflate ? await findCorrupt(page, region) : new Set<number>();
  if (whole.raster && corrupt.size === 0) return { raster: whole.raster, damage: null };
  if (isHarmless(whole.messages) && corrupt.size === 0) {
    const { raster, error } = await decode(page.open('none'), part);
    if (raster) return { raster, damage: null };
    throw error;
  }
  return readOneByOne(page, { region, part, corrupt, error: whole.error });
}

async function readOneByOne(
  { tiles, open }: LibvipsPage,
  { region, part, corrupt, error }: { region: SlideRegion; part: Part; corrupt: ReadonlySet<number>; error: unknown },
): Promise<{ raster: Raster; damage: Damage | null }> {
  const raster = sharedRaster(region.width, region.height, 3);
  const damage = await findLostTiles(part, tiles.tile, async (one) => {
    const isCorrupt = corrupt.has(tileOf(tiles, one.left, one.top));
    const { raster: piece } = isCorrupt ? { raster: null } : await decode(open('warning'), one);
    if (piece === null) return false;
    for (let row = 0; row < one.height; row++) {
      const to = ((one.top - region.y + row) * region.width + one.left - region.x) * 3;
      raster.data.set(piece.data.subarray(row * one.width * 3, (row + 1) * one.width * 3), to);
    }
    return true;
  });
  if (damage === null) return { raster, damage };
  if (damage.share === 1) throw error ?? new Refusal(`TIFF: ${damage.detail}`);
  if (damage.share > MAX_MISSING) throw new Refusal(`TIFF: the file is cut short or damaged: ${damage.detail}`);
  whiten(raster, partsIn(region, damage.parts));
  return { raster, damage };
}

async function decode(image: Sharp, part: Part) {
  const messages: string[] = [];
  image.on('warning', (message: string) => messages.push(...wordsOf(message)));
  try {
    const { data, info } = await image.extract(part).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels, where RGB is needed`);
    const raster = sharedRaster(info.width, info.height, 3);
    raster.data.set(data);
    return { raster, messages: [], error: null };
  } catch (error) {
    const own = error instanceof Error ? wordsOf(error.message) : [];
    return { raster: null, messages: [...own, ...messages], error };
  }
}

const inflated = promisify(inflate);

/** Tiles of a region whose checksum does not match. libtiff stops reading once a tile is full, and never compares it. */
async function findCorrupt({ file, tiles }: LibvipsPage, region: SlideRegion): Promise<Set<number>> {
  const corrupt = new Set<number>();
  const maxOutputLength = tiles.tile.width * tiles.tile.height * 3;
  for (const index of tilesUnder(tiles, region)) {
    const place = tileAt(tiles, index);
    if (place === null) continue;
    const bytes = await file.read(place.offset, place.bytes);
    await inflated(bytes, { maxOutputLength }).catch(() => corrupt.add(index));
  }
  return corrupt;
}
