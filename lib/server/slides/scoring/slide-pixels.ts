import 'server-only';
import { AppError } from '@/lib/errors';
import { type PictureWindow, sharedRaster } from '@/lib/imaging/raster';
import { type PictureTile, pasteTiles } from '@/lib/imaging/tiles/picture-tiles';
import { intersect, type TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { type TileLevel, TileSource } from '@/lib/pyramid/tile-source';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { getStorage } from '@/lib/server/storage';
import { decodeTiles } from '@/workers/protocol';
import { runFairly } from './fair-pool';
import { settleAll } from './settle-all';
import { SharedCache } from './shared-cache';
import { SharedPool } from './shared-pool';

/** Decoded tiles that are kept, since neighbouring regions read them too. */
const CACHE_BYTES = 96_000_000;
/** Tiles that a thread decodes at once. */
const BATCH = 16;

/** A tile that cannot be decoded, and what it covers of a part. */
export type DamagedTile = { column: number; row: number; region: TileRegion };

/** A part of a level, in shared memory. Damaged tiles are white. */
export type SlidePart = { picture: PictureWindow; damaged: DamagedTile[] };

/** The same, before somebody pastes the tiles into the picture, which holds anything at first. */
export type UnpastedPart = SlidePart & { tiles: readonly PictureTile[] };

type TileToDecode = { column: number; row: number; into: Uint8Array };

/** The pixels of a kept slide. Tiles are decoded as they are needed, by the threads of the pool. */
export class SlidePixels {
  readonly #source: TileSource;
  readonly #key: string;
  readonly #signal: AbortSignal;
  /** Whether each is sound. */
  readonly #tiles: SharedCache<boolean>;
  readonly #memory: SharedPool;

  private constructor(source: TileSource, key: string, signal: AbortSignal, memory: SharedPool) {
    this.#source = source;
    this.#key = key;
    this.#signal = signal;
    this.#tiles = new SharedCache(CACHE_BYTES, memory);
    this.#memory = memory;
  }

  /**
   * @param key - of the pyramid in the storage
   * @param memory - what tiles and regions lie in
   * @throws AppError `storage_unavailable`, `slide_not_found`
   */
  static async open(key: string, bytes: number, signal: AbortSignal, memory = new SharedPool()): Promise<SlidePixels> {
    const read = (offset: number, length: number) =>
      retryWhileStorageIsAway(() => readRange(key, offset, length), signal);
    return new SlidePixels(await TileSource.open(read, bytes), key, signal, memory);
  }

  /** The full resolution first; each halves the one before. */
  get levels(): readonly TileLevel[] {
    return this.#source.levels;
  }

  /** Reads a region of a level, in its pixels. Nothing of it lies outside. @param data - where its pixels go, in shared memory */
  read(region: TileRegion, level = 0, data = sharedRaster(region.width, region.height, 3).data): Promise<SlidePart> {
    return this.#withTiles(region, level, async (tiles, damaged) => {
      const picture = this.#windowOn(region, level, data);
      pasteTiles(picture, tiles);
      return { picture, damaged };
    });
  }

  /**
   * Decodes the tiles of a region of the full resolution. A thread pastes them into the picture (`pasteTiles`).
   *
   * @param work - until it has ended, tiles and picture are its own
   */
  lend<T>(region: TileRegion, work: (part: UnpastedPart) => Promise<T>): Promise<T> {
    return this.#withTiles(region, 0, (tiles, damaged) =>
      this.lendMemory(region, (data) => work({ picture: this.#windowOn(region, 0, data), tiles, damaged })),
    );
  }

  /** Lends memory for so many pixels until `work` has ended. It holds anything at first. */
  lendMemory<T>(
    { width, height }: { width: number; height: number },
    work: (data: Uint8Array) => Promise<T>,
  ): Promise<T> {
    return this.#memory.lend(3 * width * height, work);
  }

  #windowOn({ x, y, width, height }: TileRegion, level: number, data: Uint8Array): PictureWindow {
    const whole = this.#levelAt(level);
    return { data, width, height, channels: 3, place: { x, y, width: whole.width, height: whole.height } };
  }

  async #withTiles<T>(
    region: TileRegion,
    level: number,
    work: (tiles: readonly PictureTile[], damaged: DamagedTile[]) => Promise<T>,
  ): Promise<T> {
    const { tile } = this.#levelAt(level);
    const missing: TileToDecode[] = [];
    // After all of them are known.
    const decoded = Promise.resolve().then(() => this.#decode(level, missing));
    const held = placesIn(region, tile).map(({ column, row }) => {
      const decode = async (into: Uint8Array) => {
        const n = missing.push({ column, row, into }) - 1;
        return (await decoded)[n] ?? false;
      };
      return { column, row, ...this.#tiles.lend(`${level} ${column} ${row}`, 3 * tile.width * tile.height, decode) };
    });
    try {
      await settleAll(held.map(({ made }) => made));
      const damaged: DamagedTile[] = [];
      const tiles: PictureTile[] = [];
      for (const { column, row, data, made } of held) {
        const whole = { x: column * tile.width, y: row * tile.height, ...tile };
        const isSound = await made;
        tiles.push({ data: isSound ? data : null, region: whole });
        if (!isSound) damaged.push({ column, row, region: intersect(whole, region) as TileRegion });
      }
      return await work(tiles, damaged);
    } finally {
      for (const { release } of held) release();
    }
  }

  #levelAt(level: number): TileLevel {
    const shape = this.levels[level];
    if (!shape) throw new RangeError(`There is no level ${level}.`);
    return shape;
  }

  /** @returns whether each is sound */
  async #decode(level: number, tiles: readonly TileToDecode[]): Promise<boolean[]> {
    const batches: Promise<boolean[]>[] = [];
    for (let from = 0; from < tiles.length; from += BATCH)
      batches.push(this.#decodeBatch(level, tiles.slice(from, from + BATCH)));
    // None writes any more after this has failed.
    await settleAll(batches);
    return (await Promise.all(batches)).flat();
  }

  async #decodeBatch(level: number, tiles: readonly TileToDecode[]): Promise<boolean[]> {
    this.#signal.throwIfAborted();
    const jpegs = await Promise.all(tiles.map(({ column, row }) => this.#source.tile(level, column, row)));
    const work = tiles.flatMap(({ into }, n) => (jpegs[n] ? [{ jpeg: new Uint8Array(jpegs[n]), into }] : []));
    if (work.length === 0) return tiles.map(() => false);
    const size = this.#levelAt(level).tile;
    const sound = await runFairly(this.#key, decodeTiles, { tiles: work, size }, this.#signal);
    let next = 0;
    return tiles.map((_, n) => (jpegs[n] ? (sound[next++] ?? false) : false));
  }
}

function placesIn(
  { x, y, width, height }: TileRegion,
  tile: { width: number; height: number },
): { column: number; row: number }[] {
  const places: { column: number; row: number }[] = [];
  for (let row = Math.floor(y / tile.height); row * tile.height < y + height; row++)
    for (let column = Math.floor(x / tile.width); column * tile.width < x + width; column++)
      places.push({ column, row });
  return places;
}

async function readRange(key: string, offset: number, length: number): Promise<ArrayBuffer> {
  const object = await getStorage().get(key, { offset, length });
  if (!object) throw new AppError('slide_not_found', 'The slide was deleted.');
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of object.body) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw new AppError('storage_unavailable', 'The connection to the storage broke while a tile was read.', { cause });
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== length)
    throw new AppError('storage_unavailable', `${length} bytes of a slide were asked for, ${bytes.length} came.`);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) as ArrayBuffer;
}
