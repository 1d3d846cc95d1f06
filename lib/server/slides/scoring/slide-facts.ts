import 'server-only';
import { z } from 'zod';
import { balance, whiteGains } from '@/lib/imaging/colour/white-balance';
import type { Raster } from '@/lib/imaging/raster';
import type { TileRegion } from '@/lib/imaging/tiles/plan-tiles';
import { ownedBy, type SlideGrid, tilesIn } from '@/lib/imaging/tiles/slide-grid';
import { glassColour } from '@/lib/inference/glass';
import type { PictureFacts } from '@/lib/inference/picture-facts';
import { MEMBRANE_WHITE } from '@/lib/scoring/membrane/measure-membranes';
import { cellAt } from '@/lib/scoring/slide/slide-cells';
import { startEngine } from '@/lib/server/inference/engine';
import { retryWhileStorageIsAway } from '@/lib/server/runs/retry-storage';
import { readJson, whenDamaged, writeJson, writeNewJson } from '@/lib/server/runs/stored-json';
import { describePicture } from '@/workers/protocol';
import type { SlidePart, SlidePixels } from './slide-pixels';
import type { SlidePlan } from './slide-plan';

/** A slide of at most so many pixels is measured whole; of a larger one as many are taken, in tiles from all over it. */
const SAMPLED_PIXELS = 24_000_000;
/** Glass is told by a level of at most this pixel size: it still shows a nucleus of 5 µm as dark as it is. */
const GLASS_LEVEL_UM = 2.05;
/** What lies so close to a tile may be a part of something in it. */
const GLASS_MARGIN_UM = 4;

const StoredFacts = z.object({
  gains: z.array(z.number()).nullable(),
  staining: z.array(z.number()).nullable(),
  /** Base64 of one bit a tile of the grid, row by row, the first in the lowest bit; 1 = glass. */
  glass: z.string(),
});

/** What is measured once on a slide and used for all of it. */
export type SlideFacts = PictureFacts & { isGlass: (column: number, row: number) => boolean };

/**
 * Reads what was measured on a slide, or measures it. Of several servers that measure at once all use the numbers of one.
 *
 * White is that of tiles from all over the slide, as of a whole picture; the staining is that of tiles with tissue. Both are of
 * the full resolution: in coarser levels the darkest pixels are lost, and a network that was told their share would be told
 * another one.
 */
export async function slideFacts(
  key: string,
  plan: SlidePlan,
  pixels: SlidePixels,
  signal: AbortSignal,
): Promise<SlideFacts> {
  const read = () => retryWhileStorageIsAway(() => readStored(key), signal);
  const known = await read();
  if (known && known !== 'damaged') return usable(known, plan.grid);
  const measured = await measure(plan, pixels, signal);
  // What is damaged is replaced; the same slide gives the same numbers.
  const write = () => (known === 'damaged' ? writeJson(key, measured) : writeNewJson(key, measured));
  await retryWhileStorageIsAway<unknown>(write, signal);
  const stored = await read();
  return usable(stored && stored !== 'damaged' ? stored : measured, plan.grid);
}

const StoredGains = z.object({ gains: z.array(z.number()).length(3) });

/** The white balance by which membranes are measured, stored as `slideFacts` is. @param key - `membraneWhite` of the slide */
export async function membraneGains(key: string, pixels: SlidePixels, signal: AbortSignal): Promise<readonly number[]> {
  const readGains = () =>
    retryWhileStorageIsAway(() => readJson(key, StoredGains).catch(whenDamaged(() => 'damaged' as const)), signal);
  const known = await readGains();
  if (known && known !== 'damaged') return known.gains;
  const gains = await withSample(
    pixels,
    () => true,
    async (image) => whiteGains(image, MEMBRANE_WHITE),
  );
  const write = () => (known === 'damaged' ? writeJson(key, { gains }) : writeNewJson(key, { gains }));
  await retryWhileStorageIsAway<unknown>(write, signal);
  const stored = await readGains();
  return stored && stored !== 'damaged' ? stored.gains : gains;
}

/** What was measured on a slide; null where that is yet to be done. */
export async function readFacts(key: string, plan: SlidePlan): Promise<SlideFacts | null> {
  const known = await readStored(key);
  return known && known !== 'damaged' ? usable(known, plan.grid) : null;
}

function readStored(key: string): Promise<z.infer<typeof StoredFacts> | 'damaged' | null> {
  return readJson(key, StoredFacts).catch(whenDamaged(() => 'damaged' as const));
}

/** A cell of glass alone has no nuclei, and is stored nowhere. */
export function isAllGlass(index: number, plan: SlidePlan, facts: SlideFacts): boolean {
  const { columns, rows } = tilesIn(plan.grid, cellAt(plan, index));
  for (let row = rows.from; row < rows.to; row++)
    for (let column = columns.from; column < columns.to; column++) if (!facts.isGlass(column, row)) return false;
  return true;
}

function usable({ gains, staining, glass }: z.infer<typeof StoredFacts>, grid: SlideGrid): SlideFacts {
  const bits = Buffer.from(glass, 'base64');
  return {
    gains,
    staining: staining && Float32Array.from(staining),
    isGlass: (column, row) => {
      const index = row * grid.columns + column;
      return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
    },
  };
}

async function measure(
  plan: SlidePlan,
  pixels: SlidePixels,
  signal: AbortSignal,
): Promise<z.infer<typeof StoredFacts>> {
  const { pool } = await startEngine();
  const { manifest } = plan.model;
  const { gains } = await withSample(
    pixels,
    () => true,
    (image) => pool.run(describePicture, { image, manifest }),
  );
  const glass = await findGlass(plan, pixels, gains, signal);
  const { staining } = await withSample(
    pixels,
    (region) => !isGlassRegion(region, plan.grid, glass),
    (image) => pool.run(describePicture, { image, manifest, gains }),
  );
  return { gains: gains && [...gains], staining: staining && [...staining], glass: glass.toString('base64') };
}

const isMarked = (glass: Buffer, index: number) => (((glass[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

/** Lends pixels of the full resolution: all of a small slide, else tiles that are spread evenly over those that are wanted. */
async function withSample<T>(
  pixels: SlidePixels,
  isWanted: (region: TileRegion) => boolean,
  work: (sample: Raster) => Promise<T>,
): Promise<T> {
  const [full] = pixels.levels;
  if (!full) throw new RangeError('a pyramid without levels');
  const { width, height, tile, columns, rows } = full;
  if (width * height <= SAMPLED_PIXELS)
    return pixels.lendMemory(full, async (data) =>
      work((await pixels.read({ x: 0, y: 0, width, height }, 0, data)).picture),
    );
  const whole: TileRegion[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const region = { x: column * tile.width, y: row * tile.height, ...tile };
      if (region.x + tile.width <= width && region.y + tile.height <= height) whole.push(region);
    }
  const wanted = whole.filter(isWanted);
  const from = wanted.length > 0 ? wanted : whole;
  const count = Math.max(1, Math.min(from.length, Math.floor(SAMPLED_PIXELS / (tile.width * tile.height))));
  return pixels.lendMemory({ width: tile.width, height: tile.height * count }, async (data) => {
    const bytes = 3 * tile.width * tile.height;
    let sound = 0;
    for (let n = 0; n < Math.min(count, from.length); n++) {
      const region = from[Math.floor(((n + 0.5) * from.length) / count)] as TileRegion;
      const { damaged } = await pixels.read(region, 0, data.subarray(sound * bytes, (sound + 1) * bytes));
      if (damaged.length === 0) sound++;
    }
    if (sound === 0) data.fill(255, 0, bytes);
    const height = tile.height * Math.max(1, sound);
    return work({ data: data.subarray(0, 3 * tile.width * height), width: tile.width, height, channels: 3 });
  });
}

/** One bit for each tile of the grid that shows glass and nothing else. */
async function findGlass(
  { grid, micronsPerPixel }: SlidePlan,
  pixels: SlidePixels,
  gains: readonly number[] | null,
  signal: AbortSignal,
): Promise<Buffer> {
  const level = pixels.levels.findLastIndex(({ downsample }) => downsample * micronsPerPixel <= GLASS_LEVEL_UM);
  const shape = pixels.levels[Math.max(0, level)];
  if (!shape) throw new RangeError('a pyramid without levels');
  const margin = Math.ceil(GLASS_MARGIN_UM / micronsPerPixel / shape.downsample);
  const glass = Buffer.alloc(Math.ceil((grid.columns * grid.rows) / 8));
  for (let row = 0; row < grid.rows; row++) {
    signal.throwIfAborted();
    const { y, height } = ownedBy(grid, 0, row);
    const strip = scaled({ x: 0, y, width: grid.width, height }, shape, margin);
    await pixels.lendMemory(strip, async (data) => {
      const part = await pixels.read(strip, Math.max(0, level), data);
      if (gains) balance(part.picture, gains);
      for (let column = 0; column < grid.columns; column++) {
        const region = scaled(ownedBy(grid, column, row), shape, margin);
        const index = row * grid.columns + column;
        if (isGlass(part, strip, region)) glass[index >> 3] = (glass[index >> 3] ?? 0) | (1 << (index & 7));
      }
    });
  }
  return glass;
}

/** A region of the full resolution, and a margin, in pixels of a level. */
function scaled(
  { x, y, width, height }: TileRegion,
  level: { width: number; height: number; downsample: number },
  margin: number,
): TileRegion {
  const { downsample } = level;
  const left = Math.max(0, Math.floor(x / downsample) - margin);
  const top = Math.max(0, Math.floor(y / downsample) - margin);
  const right = Math.min(level.width, Math.ceil((x + width) / downsample) + margin);
  const bottom = Math.min(level.height, Math.ceil((y + height) / downsample) + margin);
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** Whether a region, which lies in a strip of a level, is glass. What cannot be decoded there is looked at in full resolution. */
function isGlass({ picture, damaged }: SlidePart, strip: TileRegion, region: TileRegion): boolean {
  const touches = (other: TileRegion) => other.x < region.x + region.width && region.x < other.x + other.width;
  if (damaged.some((tile) => touches(tile.region))) return false;
  const data = new Uint8Array(3 * region.width * region.height);
  for (let row = 0; row < region.height; row++) {
    const from = 3 * ((row + region.y - strip.y) * strip.width + region.x - strip.x);
    data.set(picture.data.subarray(from, from + 3 * region.width), 3 * row * region.width);
  }
  return glassColour({ data, width: region.width, height: region.height, channels: 3 }) !== null;
}

/** Whether all tiles of the grid that a region lies in are glass. */
function isGlassRegion(region: TileRegion, { side, columns, rows }: SlideGrid, glass: Buffer): boolean {
  for (let row = Math.floor(region.y / side); row < rows && row * side < region.y + region.height; row++)
    for (
      let column = Math.floor(region.x / side);
      column < columns && column * side < region.x + region.width;
      column++
    )
      if (!isMarked(glass, row * columns + column)) return false;
  return true;
}
