import 'server-only';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import type { JpegPage } from '@/lib/server/readers/tiff/jpeg-tiles';
import { tileAt, tilesAcross } from '@/lib/server/readers/tiff/page-tiles';
import { cleanJpeg, type Frame } from './clean-jpeg';
import type { PyramidLevel } from './pyramid-tiff';
import type { TileFile } from './tile-file';
import { whiteJpeg } from './white-jpeg';

/** Thrown where a tile cannot be copied, though the page said that it could. Then all tiles are written anew. */
export class NotPassable extends Error {}

export type Step = { signal: AbortSignal; onTile: () => void };

const TILES_AT_ONCE = 8;

/**
 * Copies the tiles of a page without decoding them. Missing tiles, which scanners leave out where there is glass, share one
 * white tile, so that every reader shows them white. Damaged ones have no bytes.
 *
 * @throws NotPassable
 */
export async function passLevel(
  source: RandomAccess,
  page: JpegPage,
  target: TileFile,
  { signal, onTile }: Step,
): Promise<PyramidLevel> {
  const count = tilesAcross(page) * Math.ceil(page.height / page.tile.height);
  const { width, height, tile, jpeg } = page;
  const level: PyramidLevel = {
    ...{ width, height, tile, colour: jpeg.colour, sampling: [] },
    offsets: Array<number>(count).fill(0),
    counts: Array<number>(count).fill(0),
  };
  const missing: number[] = [];
  /** Where a tile that is in several places of the file was written: it is written once here, too. */
  const written = new Map<number, number>();
  let first: Frame | null = null;
  for (let start = 0; start < count; start += TILES_AT_ONCE) {
    signal.throwIfAborted();
    const indices = Array.from({ length: Math.min(TILES_AT_ONCE, count - start) }, (_, i) => start + i);
    const tiles = await Promise.all(indices.map((index) => readTile(source, page, index)));
    for (const [i, cleaned] of tiles.entries()) {
      const index = start + i;
      onTile();
      const place = page.offsets[index] ?? 0;
      if (cleaned === null) missing.push(index);
      if (cleaned === null || cleaned.kind === 'damaged') continue;
      if (cleaned.kind === 'odd' || !isAlike(cleaned.frame, first, tile)) throw new NotPassable();
      first ??= cleaned.frame;
      const at = written.get(place) ?? (await target.append(cleaned.jpeg));
      written.set(place, at);
      level.offsets[index] = at;
      level.counts[index] = cleaned.jpeg.length;
    }
  }
  const frame = first ?? {
    ...tile,
    sampling: [
      [1, 1],
      [1, 1],
      [1, 1],
    ] as const,
  };
  await shareWhite(level, frame, missing, target);
  return { ...level, sampling: frame.sampling };
}

/** Gives the white tile to these places. */
export async function shareWhite(
  level: PyramidLevel,
  frame: Frame,
  places: readonly number[],
  target: TileFile,
): Promise<void> {
  if (places.length === 0) return;
  const white = whiteJpeg(frame, level.colour);
  const offset = await target.append(white);
  for (const index of places) {
    level.offsets[index] = offset;
    level.counts[index] = white.length;
  }
}

async function readTile(source: RandomAccess, page: JpegPage, index: number) {
  const place = tileAt(page, index);
  if (place === null) return null;
  return cleanJpeg(await source.read(place.offset, place.bytes), page.jpeg.tables, page.jpeg.colour);
}

/** Whether a tile has the frame that all have: decoders of TIFF read no others. */
function isAlike(frame: Frame, first: Frame | null, tile: { width: number; height: number }): boolean {
  if (frame.width !== tile.width || frame.height !== tile.height) return false;
  return first === null || frame.sampling.every((one, i) => one.every((side, k) => side === first.sampling[i]?.[k]));
}
