import 'server-only';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { type Raster, raster } from '@/lib/imaging/raster';
import { MAX_MISSING } from '@/lib/server/images/find-damage';
import sharp from '@/lib/server/images/limited-sharp';
import { isSrgbProfile } from '@/lib/server/images/srgb-profile';
import type { Content } from '@/lib/server/readers/identify-content';
import type { RandomAccess } from '@/lib/server/readers/random-access';
import type { SlideSource } from '@/lib/server/readers/slide-source';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { type PageTiles, tileAt, tilesAcross } from '@/lib/server/readers/tiff/page-tiles';
import { BuiltLevel, buildFrom } from './build-levels';
import { cleanJpeg } from './clean-jpeg';
import { cleanProfile } from './clean-profile';
import { cut, type Pixels, paste, whitePixels } from './halve';
import { NotPassable, passLevel } from './pass-level';
import { type PlannedLevel, planPassed, planWritten } from './plan-levels';
import { type PyramidLevel, pyramidHead } from './pyramid-tiff';
import { TileFile } from './tile-file';

/** A file that is taken in: the image of it that was chosen, and its bytes. */
export type Ingested = {
  slide: SlideSource;
  file: RandomAccess;
  content: Content;
  /** Called between two reads: lets others have what the slide's reader holds. */
  pause?: () => void;
};

export type Pyramid = {
  levels: readonly PyramidLevel[];
  bytes: number;
  /** Whether the JPEG tiles of the file are copied as they are; else all pixels are encoded anew. */
  isPassed: boolean;
  /** An ICC profile is in the copy, which neither viewer nor engine applies; or it has been applied to the pixels. */
  profile: 'none' | 'kept' | 'applied';
  /** Tiles of the full resolution that cannot be decoded. */
  damaged: { column: number; row: number }[];
  /** The finest level of at most `OVERVIEW_PIXELS`. */
  overview: Raster;
  /** The copy, to be read once. */
  open: () => Readable;
};

export type Watch = { signal: AbortSignal; onTiles: (done: number, all: number) => void };

/** Of a JPEG that is written here, at most; drawn tissue full of detail takes 0.6. */
const BYTES_PER_PIXEL = 0.75;
/** Enough to see the colours of tissue on a slide that is mostly glass. */
const OVERVIEW_PIXELS = 4e6;
/** Tiles of the finest level that are read at once where all are written anew. */
const BLOCK_TILES = 4;
const BLOCKS_KEPT = 3;
/** A level of 200,000 x 200,000 pixels. */
const MAX_SLIDE_PIXELS = 40_000_000_000;

/** Kinds of TIFF in which the pages below the first are its levels or side images, and nothing else. */
const PASSABLE = ['TIFF', 'Aperio SVS', 'OME-TIFF', 'PerkinElmer QPTIFF'];

/**
 * Writes the one copy that is kept of a slide: its pixels as tiles of JPEG, in levels that halve down to one tile. Nothing
 * of the file's texts, side pictures and metadata is in it.
 *
 * JPEG tiles of a TIFF are copied without decoding; of these a slide loses nothing. All others are encoded anew. Levels that
 * the file has not are built. Memory does not depend on the slide's size.
 *
 * @param folder - on the server's disk, where the tiles lie until the copy is stored
 * @throws AppError `storage_full` with the bytes that are needed, `image_too_large`, `unreadable_image`, or the reason of
 *   `signal`
 */
export async function writePyramid(source: Ingested, folder: string, watch: Watch): Promise<Pyramid> {
  const { width, height } = source.slide;
  if (width * height > MAX_SLIDE_PIXELS)
    throw new AppError(
      'image_too_large',
      `A slide may have ${MAX_SLIDE_PIXELS / 1e9} gigapixels, this one has ${width} x ${height}, which is ${(width * height) / 1e9}.`,
    );
  const passed = passablePages(source);
  const plan = passed && planPassed(passed);
  if (plan) {
    try {
      return await writeLevels(source, plan, folder, watch);
    } catch (error) {
      if (!(error instanceof NotPassable)) throw error;
    }
  }
  return writeLevels(source, planWritten(source.slide), folder, watch);
}

/** The tiles of the levels that the file has, if they are what a reader would decode. */
function passablePages({ slide, content }: Ingested): PageTiles[] | null {
  const { tiff, name } = content;
  if (!tiff || !PASSABLE.includes(name ?? '') || tiff.profile !== null) return null;
  const images = slide.images.filter(({ isBrightfield }) => isBrightfield);
  const isAlone = images.length === 1 && images[0]?.planes === 1 && !images[0].isUnnamed;
  const [full] = tiff.levels;
  const isShown = full?.width === slide.width && full.height === slide.height && tiff.orientation === 1;
  return isAlone && isShown ? tiff.levels.map(({ tiles }) => tiles) : null;
}

async function writeLevels(
  source: Ingested,
  plan: readonly PlannedLevel[],
  folder: string,
  watch: Watch,
): Promise<Pyramid> {
  const path = join(folder, 'tiles');
  await rm(path, { force: true });
  return withRoom(folder, bytesOf(plan), 'To keep this slide', async () => {
    const target = await TileFile.create(path);
    try {
      return await new Writing(source, plan, target, path, watch).write();
    } finally {
      await target.close();
    }
  });
}

/** Bytes that a copy takes, at most: those of tiles that are passed on are known. */
function bytesOf(plan: readonly PlannedLevel[]): number {
  const bytes = plan.map(({ page, width, height }) => (page ? passedBytes(page) : width * height * BYTES_PER_PIXEL));
  return Math.ceil(bytes.reduce((sum, one) => sum + one, 0));
}

/** A tile that is in several places of the file is written once. */
function passedBytes({ offsets, counts }: PageTiles): number {
  const counted = new Map(offsets.map((offset, i) => [offset, counts[i] ?? 0]));
  return [...counted.values()].reduce((sum, count) => sum + count + TABLE_BYTES, 0) + offsets.length * ENTRY_BYTES;
}

/** In the head. */
const ENTRY_BYTES = 12;
/** Of the tables that each tile gets. */
const TABLE_BYTES = 650;

class Writing {
  readonly #source: Ingested;
  readonly #plan: readonly PlannedLevel[];
  readonly #target: TileFile;
  readonly #path: string;
  readonly #watch: Watch;
  readonly #tiles: number;
  #done = 0;

  constructor(source: Ingested, plan: readonly PlannedLevel[], target: TileFile, path: string, watch: Watch) {
    this.#source = source;
    this.#plan = plan;
    this.#target = target;
    this.#path = path;
    this.#watch = watch;
    this.#tiles = plan.reduce((sum, level) => sum + countTiles(level), 0);
  }

  async write(): Promise<Pyramid> {
    const isPassed = this.#plan[0]?.page != null;
    const levels = isPassed ? await this.#passLevels() : await this.#writeAll();
    const damaged = isPassed ? damagedIn(levels[0] as PyramidLevel) : [];
    const { content, slide } = this.#source;
    const stated = content.tiff?.storedProfile ?? null;
    const stored = isPassed && stated && !isSrgbProfile(stated) ? cleanProfile(stated) : null;
    const micronsPerPixel = slide.pixelSize?.micronsPerPixel ?? null;
    const head = pyramidHead(levels, { tileBytes: this.#target.bytes, micronsPerPixel, profile: stored });
    const path = this.#path;
    return {
      levels,
      bytes: head.length + this.#target.bytes,
      isPassed,
      profile: stored ? 'kept' : content.tiff?.profile ? 'applied' : 'none',
      damaged,
      overview: await this.#overview(overviewOf(levels)),
      open: () => Readable.from(chunksOf(head, path)),
    };
  }

  /** Reads the tiles of a level again. What is damaged stays white. */
  async #overview({ width, height, tile, offsets, counts }: PyramidLevel): Promise<Raster> {
    const whole = whitePixels(width, height);
    const across = Math.ceil(width / tile.width);
    for (const [i, count] of counts.entries()) {
      const pixels = count === 0 ? null : await decodeTile(await this.#target.read(offsets[i] ?? 0, count), tile);
      if (pixels === null) continue;
      const [x, y] = [(i % across) * tile.width, Math.floor(i / across) * tile.height];
      const [right, below] = [Math.min(tile.width, width - x), Math.min(tile.height, height - y)];
      paste(cut({ data: pixels, ...tile }, 0, 0, right, below), whole, x, y);
    }
    return raster(whole.data, width, height, 3);
  }

  #step() {
    return {
      signal: this.#watch.signal,
      onTile: () => this.#watch.onTiles(++this.#done, this.#tiles),
    };
  }

  /** Copies the levels that the file has, and builds those that it has not from the ones before. */
  async #passLevels(): Promise<PyramidLevel[]> {
    const { file } = this.#source;
    const levels: PyramidLevel[] = [];
    for (let index = 0; index < this.#plan.length; ) {
      const { page } = this.#plan[index] as PlannedLevel;
      if (page) {
        const level = await passLevel(file, page, this.#target, this.#step());
        assertSound(level);
        levels.push(level);
        index++;
        continue;
      }
      const next = this.#plan.findIndex((planned, i) => i > index && planned.page !== null);
      const missing = this.#plan.slice(index, next < 0 ? undefined : next);
      const built = missing.map((planned) => new BuiltLevel(planned, this.#target, this.#step()));
      const below = levels[index - 1] as PyramidLevel;
      const tiles = this.#plan[index - 1]?.page as PageTiles;
      await buildFrom(below, (column, row) => this.#decode(tiles, below, column, row), built);
      for (const level of built) levels.push(await level.finish());
      index += built.length;
    }
    return levels;
  }

  /** Decodes a tile that was passed on. One that cannot be decoded is damaged, and white in what is built of it. */
  async #decode(tiles: PageTiles, level: PyramidLevel, column: number, row: number): Promise<Pixels | null> {
    const index = row * tilesAcross(tiles) + column;
    const place = tileAt(tiles, index);
    if (place === null || !tiles.jpeg || level.counts[index] === 0) return null;
    const stored = await this.#source.file.read(place.offset, place.bytes);
    const cleaned = cleanJpeg(stored, tiles.jpeg.tables, tiles.jpeg.colour);
    if (cleaned.kind !== 'clean') return null;
    const { width, height } = tiles.tile;
    const pixels = await decodeTile(cleaned.jpeg, tiles.tile);
    if (pixels === null) {
      level.counts[index] = 0;
      return null;
    }
    const inside = {
      width: Math.min(width, level.width - column * width),
      height: Math.min(height, level.height - row * height),
    };
    return cut({ data: pixels, width, height }, 0, 0, inside.width, inside.height);
  }

  /** Encodes all pixels anew. They are read once, in blocks. */
  async #writeAll(): Promise<PyramidLevel[]> {
    const built = this.#plan.map((planned) => new BuiltLevel(planned, this.#target, this.#step()));
    const [full, ...halvings] = built as [BuiltLevel, ...BuiltLevel[]];
    const blocks = new Blocks(this.#source, full.level.tile.width * BLOCK_TILES);
    const writeTile = async (column: number, row: number) => {
      this.#watch.signal.throwIfAborted();
      const { x, y, width, height } = full.insideOf(column, row);
      const block = await blocks.at(x, y);
      return full.write(column, row, cut(block.pixels, x - block.x, y - block.y, width, height));
    };
    if (halvings.length === 0) await writeTile(0, 0);
    else await buildFrom(full.level, writeTile, halvings);
    const levels: PyramidLevel[] = [];
    for (const level of built) levels.push(await level.finish());
    return levels;
  }
}

/** The RGB of a tile; null for one that cannot be decoded whole. */
async function decodeTile(jpeg: Buffer, { width, height }: { width: number; height: number }): Promise<Buffer | null> {
  const pixels = await sharp(jpeg, { failOn: 'warning' })
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch(() => null);
  return pixels?.length === width * height * 3 ? pixels : null;
}

type Block = { x: number; y: number; pixels: Pixels };

/** Square parts of a slide, of which the latest are kept: tiles side by side are read in one. */
class Blocks {
  readonly #source: Ingested;
  readonly #side: number;
  readonly #kept = new Map<string, Promise<Block>>();

  constructor(source: Ingested, side: number) {
    this.#source = source;
    this.#side = side;
  }

  at(x: number, y: number): Promise<Block> {
    const corner = { x: x - (x % this.#side), y: y - (y % this.#side) };
    const name = `${corner.x} ${corner.y}`;
    const kept = this.#kept.get(name) ?? this.#read(corner);
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > BLOCKS_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return kept;
  }

  async #read({ x, y }: { x: number; y: number }): Promise<Block> {
    const { slide, pause } = this.#source;
    const { width, height } = slide;
    const region = { x, y, width: Math.min(this.#side, width - x), height: Math.min(this.#side, height - y) };
    const pixels = await slide.readRegion(region, 1);
    pause?.();
    return { x, y, pixels };
  }
}

const overviewOf = (levels: readonly PyramidLevel[]) =>
  levels.find(({ width, height }) => width * height <= OVERVIEW_PIXELS) ?? (levels.at(-1) as PyramidLevel);

const countTiles = ({ width, height, tile }: PlannedLevel) =>
  Math.ceil(width / tile.width) * Math.ceil(height / tile.height);

function damagedIn(level: PyramidLevel): { column: number; row: number }[] {
  const across = Math.ceil(level.width / level.tile.width);
  return level.counts.flatMap((count, i) => (count > 0 ? [] : [{ column: i % across, row: Math.floor(i / across) }]));
}

/** By the rule for all files: with more than a tenth of it missing, a picture is refused. */
function assertSound({ counts }: PyramidLevel): void {
  const damaged = counts.filter((count) => count === 0).length;
  if (damaged <= MAX_MISSING * counts.length) return;
  throw new AppError(
    'unreadable_image',
    `The file is damaged: ${damaged} of its ${counts.length} tiles cannot be decoded, and at most a tenth may be missing.`,
  );
}

async function* chunksOf(head: Buffer, path: string): AsyncGenerator<Buffer> {
  yield head;
  yield* createReadStream(path, { highWaterMark: 1 << 20 });
}
