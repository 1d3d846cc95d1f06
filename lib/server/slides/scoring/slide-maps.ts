import 'server-only';
import { type MapPart, type MapPlanes, planesOf } from '@/lib/imaging/tiles/map-planes';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { ownedBy, tileOfGrid, tilesIn } from '@/lib/imaging/tiles/slide-grid';
import { pixelsOfViews } from '@/lib/inference/views';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { inferMaps, packedLimit, unpackMaps } from '@/workers/protocol';
import { runFairly } from './fair-pool';
import { settleAll } from './settle-all';
import { type Lent, SharedCache } from './shared-cache';
import type { SharedPool } from './shared-pool';
import type { SlideFacts } from './slide-facts';
import type { SlidePixels } from './slide-pixels';
import { placeName, type SlidePlan } from './slide-plan';

/** Maps that are kept in memory, since neighbouring cells read them too. */
const CACHE_BYTES = 128_000_000;
/** Tiles in work at once, besides those in the pool: others are decoded and packed meanwhile. */
const TILES_AHEAD = 2;

type MapWork = {
  plan: SlidePlan;
  pixels: SlidePixels;
  facts: SlideFacts;
  /** Where maps lie in the storage. */
  folder: string;
  scoring: string;
  threads: number;
  /** What maps lie in. */
  memory: SharedPool;
  signal: AbortSignal;
};

/** The maps of a slide, tile by tile of the network's grid: from the storage, or else inferred now and kept there. */
export class SlideMaps {
  readonly #work: MapWork;
  readonly #tiles: SharedCache<void>;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(work: MapWork) {
    this.#work = work;
    this.#tiles = new SharedCache(CACHE_BYTES, work.memory);
    this.#free = work.threads + TILES_AHEAD;
  }

  /** Lends the maps of a region, in shared memory, until `work` has ended. */
  async lend<T>(region: TileRegion, work: (part: MapPart) => Promise<T>): Promise<T> {
    const { plan, facts } = this.#work;
    const { columns, rows } = tilesIn(plan.grid, region);
    const held: (Lent<void> & Pick<MapPlanes, 'region'>)[] = [];
    for (let row = rows.from; row < rows.to; row++)
      for (let column = columns.from; column < columns.to; column++)
        if (!facts.isGlass(column, row)) held.push(this.#tile(column, row));
    try {
      await settleAll(held.map(({ made }) => made));
      const tiles = held.map(({ data, region: owned }) => ({ data, region: owned }));
      return await work({ region, tiles, hasMarker: hasMarker(plan), slide: plan.slide });
    } finally {
      for (const { release } of held) release();
    }
  }

  #tile(column: number, row: number): Lent<void> & Pick<MapPlanes, 'region'> {
    const { plan } = this.#work;
    const region = ownedBy(plan.grid, column, row);
    const make = (planes: Uint8Array) => this.#withPlace(() => this.#make(column, row, planes));
    return { region, ...this.#tiles.lend(placeName({ column, row }), bytesOf(plan, region), make) };
  }

  async #withPlace<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      this.#work.signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  async #make(column: number, row: number, planes: Uint8Array): Promise<void> {
    const { folder, scoring, signal, memory } = this.#work;
    if (await readStoredMaps({ folder, client: scoring, signal }, { column, row }, planes)) return;
    await memory.lend(packedLimit(planes.length), async (packed) => {
      const bytes = packed.subarray(0, await this.#infer(column, row, { planes, packed }));
      await retryWhileStorageIsAway(() => getStorage().put(mapKeyOf(folder, column, row), bytes), signal);
    });
  }

  /** @returns how many bytes they are when they are packed */
  async #infer(column: number, row: number, into: { planes: Uint8Array; packed: Uint8Array }): Promise<number> {
    const { plan, pixels, facts, scoring, signal } = this.#work;
    const { grid, slide, model } = plan;
    const tile = tileOfGrid(grid, column, row);
    const { gains, staining } = facts;
    const work = { ...into, model, tile, facts: { gains, staining }, skipGlass: true };
    return pixels.lend(pixelsOfViews(tile, slide, model.manifest), ({ picture: image, tiles }) =>
      runFairly(scoring, inferMaps, { ...work, image, tiles }, signal),
    );
  }
}

export const hasMarker = ({ model }: SlidePlan) => model.manifest.outputs.some(({ modality }) => modality === 'marker');

/** Of the maps of a tile of the network. */
export const bytesOf = (plan: SlidePlan, { width, height }: TileRegion) => planesOf(hasMarker(plan)) * width * height;

const mapKeyOf = (folder: string, column: number, row: number) => `${folder}${placeName({ column, row })}.br`;

/**
 * Reads the maps of a tile as they are kept.
 *
 * @param client - whose turn it is in the pool
 * @param planes - of `bytesOf` the tile, in shared memory
 * @returns false where there are none, or they are damaged
 */
export async function readStoredMaps(
  { folder, client, signal }: Pick<MapWork, 'folder' | 'signal'> & { client: string },
  { column, row }: { column: number; row: number },
  planes: Uint8Array,
): Promise<boolean> {
  const key = mapKeyOf(folder, column, row);
  const packed = await retryWhileStorageIsAway(() => readObject(getStorage(), key), signal);
  return packed !== null && runFairly(client, unpackMaps, { packed, planes }, signal);
}
