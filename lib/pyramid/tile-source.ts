import { type Source, Tiff, type TiffImage } from '@cogeotiff/core';
import { AppError } from '@/lib/errors';

/** Reads bytes of a pyramid, from the storage or over HTTP. It gives exactly as many as it is asked for. */
export type ReadBytes = (offset: number, length: number, signal?: AbortSignal) => Promise<ArrayBuffer>;

/** A level of a pyramid. `downsample` is full-resolution pixels per pixel of this level. */
export type TileLevel = {
  readonly width: number;
  readonly height: number;
  readonly tile: { readonly width: number; readonly height: number };
  readonly columns: number;
  readonly rows: number;
  readonly downsample: number;
};

/** The index is read in blocks of this length: with each entry come those of the tiles beside it. */
const BLOCK_BYTES = 1 << 16;

/**
 * The tiles of a kept slide (`lib/server/slides/README.md`). Its head is read once; then each tile is one read, and one more
 * where the index of its part of the level is not there yet.
 */
export class TileSource {
  /** The full resolution first; each halves the one before. */
  readonly levels: readonly TileLevel[];
  readonly #images: readonly TiffImage[];
  readonly #read: ReadBytes;

  private constructor(images: readonly TiffImage[], read: ReadBytes) {
    this.#images = images;
    this.#read = read;
    this.levels = images.map(describeLevel);
  }

  /**
   * @param bytes - of the whole pyramid
   * @throws AppError `unreadable_image` for what is no pyramid of ours, or what `read` throws
   */
  static async open(read: ReadBytes, bytes: number): Promise<TileSource> {
    const { images } = await Tiff.create(new IndexSource(read, bytes), { defaultReadSize: BLOCK_BYTES });
    if (images.length === 0 || images.some((image) => !image.isTiled()))
      throw new AppError('unreadable_image', 'What is stored of this slide is no tiled pyramid.');
    return new TileSource(images, read);
  }

  /**
   * A tile as a complete JPEG of the level's tile size; past the edges of the level it is filled with anything.
   *
   * @returns null for a damaged tile
   * @throws RangeError for a tile that the level does not have, or what `read` throws
   */
  async tile(level: number, column: number, row: number, signal?: AbortSignal): Promise<ArrayBuffer | null> {
    const [image, shape] = [this.#images[level], this.levels[level]];
    const isThere = shape && column >= 0 && row >= 0 && column < shape.columns && row < shape.rows;
    if (!image || !isThere) throw new RangeError(`There is no tile ${column}, ${row} at level ${level}.`);
    const { offset, imageSize } = await image.getTileSize(row * shape.columns + column);
    return imageSize === 0 ? null : this.#read(offset, imageSize, signal);
  }
}

function describeLevel({ size, tileSize }: TiffImage, index: number): TileLevel {
  const { width, height } = size;
  return {
    width,
    height,
    tile: tileSize,
    columns: Math.ceil(width / tileSize.width),
    rows: Math.ceil(height / tileSize.height),
    downsample: 2 ** index,
  };
}

/** Keeps the blocks that were read. Only the index is read by it, which is a thousandth of a slide. */
class IndexSource implements Source {
  readonly url = new URL('restain:pyramid');
  readonly metadata: { size: number };
  readonly #read: ReadBytes;
  readonly #blocks = new Map<number, Promise<ArrayBuffer>>();

  constructor(read: ReadBytes, size: number) {
    this.#read = read;
    this.metadata = { size };
  }

  async fetch(offset: number, length = BLOCK_BYTES): Promise<ArrayBuffer> {
    const end = Math.min(offset + length, this.metadata.size);
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    const blocks = await Promise.all(Array.from({ length: last - first + 1 }, (_, i) => this.#block(first + i)));
    const bytes = new Uint8Array(end - offset);
    for (const [i, block] of blocks.entries()) {
      const start = (first + i) * BLOCK_BYTES;
      const part = new Uint8Array(block).subarray(Math.max(0, offset - start), end - start);
      bytes.set(part, Math.max(0, start - offset));
    }
    return bytes.buffer;
  }

  /** Callers at the same time share one read. A failed one is forgotten, so that the next caller tries again. */
  #block(index: number): Promise<ArrayBuffer> {
    const known = this.#blocks.get(index);
    if (known) return known;
    const offset = index * BLOCK_BYTES;
    const block = this.#read(offset, Math.min(BLOCK_BYTES, this.metadata.size - offset));
    this.#blocks.set(index, block);
    block.catch(() => this.#blocks.delete(index));
    return block;
  }
}
