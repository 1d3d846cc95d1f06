import 'server-only';
import sharp from '@/lib/server/images/limited-sharp';
import { cleanJpeg } from './clean-jpeg';
import { extend, halve, isWhite, type Pixels, paste, whitePixels } from './halve';
import { type Step, shareWhite } from './pass-level';
import type { PyramidLevel } from './pyramid-tiff';
import type { TileFile } from './tile-file';

/** Of tiles that are written here: the nuclei of a picture and of its copy differ by less than of two scans. */
export const JPEG_QUALITY = 90;
const FULL_SAMPLING = [
  [1, 1],
  [1, 1],
  [1, 1],
] as const;

type Size = { width: number; height: number };

/** The pixels of a tile within the picture's edges; null where all is white. */
export type ReadTile = (column: number, row: number) => Promise<Pixels | null>;

/** A level that is being written. */
export class BuiltLevel {
  readonly level: PyramidLevel;
  readonly #target: TileFile;
  readonly #step: Step;
  readonly #white: number[] = [];

  constructor({ width, height, tile }: Size & { tile: Size }, target: TileFile, step: Step) {
    const count = Math.ceil(width / tile.width) * Math.ceil(height / tile.height);
    this.level = {
      ...{ width, height, tile, colour: 'ycc', sampling: FULL_SAMPLING },
      offsets: Array<number>(count).fill(0),
      counts: Array<number>(count).fill(0),
    };
    this.#target = target;
    this.#step = step;
  }

  /** What a tile covers, in this level's pixels. */
  insideOf(column: number, row: number): Size & { x: number; y: number } {
    const { width, height, tile } = this.level;
    const [x, y] = [column * tile.width, row * tile.height];
    return { x, y, width: Math.min(tile.width, width - x), height: Math.min(tile.height, height - y) };
  }

  get across(): number {
    return Math.ceil(this.level.width / this.level.tile.width);
  }

  get down(): number {
    return Math.ceil(this.level.height / this.level.tile.height);
  }

  /** Writes a tile. @returns its pixels, or null for a white one */
  async write(column: number, row: number, pixels: Pixels | null): Promise<Pixels | null> {
    this.#step.signal.throwIfAborted();
    const index = row * this.across + column;
    const shown = pixels === null || isWhite(pixels) ? null : pixels;
    if (shown === null) this.#white.push(index);
    else {
      const jpeg = await encodeTile(extend(shown, this.level.tile.width, this.level.tile.height));
      this.level.offsets[index] = await this.#target.append(jpeg);
      this.level.counts[index] = jpeg.length;
    }
    this.#step.onTile();
    return shown;
  }

  /** Writes what is shared by white tiles. Called once, at the end. */
  async finish(): Promise<PyramidLevel> {
    await shareWhite(this.level, { ...this.level.tile, sampling: FULL_SAMPLING }, this.#white, this.#target);
    return this.level;
  }
}

async function encodeTile({ data, width, height }: Pixels): Promise<Buffer> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4', optimiseCoding: true })
    .toBuffer();
  const cleaned = cleanJpeg(jpeg, null, 'ycc');
  if (cleaned.kind !== 'clean') throw new Error(`the encoder wrote a ${cleaned.kind} tile`);
  return cleaned.jpeg;
}

/** Levels that are built side by side at once: 16 tiles of the finest in memory. */
const PARALLEL_LEVELS = 2;

/**
 * Builds levels from the tiles of the one below them, depth first: a tile of the top is made of four, each of these of four,
 * down to `readTile`. So few tiles are in memory at a time, and none is decoded twice.
 *
 * @param below - the size of the level that `readTile` reads, and of its tiles
 * @param built - the levels, the finest first; their tiles have the size of those below
 */
export async function buildFrom(
  below: Size & { tile: Size },
  readTile: ReadTile,
  built: readonly BuiltLevel[],
): Promise<void> {
  const produce = async (index: number, column: number, row: number): Promise<Pixels | null> => {
    const level = built[index];
    if (level === undefined) return readTile(column, row);
    const source = built[index - 1]?.level ?? below;
    const children = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const;
    const childAt = async ([right, lower]: readonly [number, number]) => {
      const [x, y] = [2 * column + right, 2 * row + lower];
      const isInside = x * source.tile.width < source.width && y * source.tile.height < source.height;
      return isInside ? produce(index - 1, x, y) : null;
    };
    const parts: (Pixels | null)[] = [];
    if (index < PARALLEL_LEVELS) parts.push(...(await Promise.all(children.map(childAt))));
    else for (const child of children) parts.push(await childAt(child));
    return level.write(column, row, joined(parts, source, { column, row }));
  };
  const top = built.at(-1);
  if (top === undefined) return;
  for (let row = 0; row < top.down; row++)
    for (let column = 0; column < top.across; column++) await produce(built.length - 1, column, row);
}

/** Four tiles as one of half the resolution; null where all are white. */
function joined(
  parts: readonly (Pixels | null)[],
  source: Size & { tile: Size },
  { column, row }: { column: number; row: number },
): Pixels | null {
  if (parts.every((part) => part === null)) return null;
  const { tile } = source;
  const [x, y] = [2 * column * tile.width, 2 * row * tile.height];
  const whole = whitePixels(Math.min(2 * tile.width, source.width - x), Math.min(2 * tile.height, source.height - y));
  for (const [i, part] of parts.entries()) if (part) paste(part, whole, (i % 2) * tile.width, (i >> 1) * tile.height);
  return halve(whole);
}
