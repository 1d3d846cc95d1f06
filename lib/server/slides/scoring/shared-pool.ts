import 'server-only';

const PIECE_BYTES = 2 ** 20;

/** Pieces of so many bytes are few: whoever needs one takes any that is large enough. */
const LARGE_BYTES = 8 * PIECE_BYTES;

/**
 * Shared memory that is lent for a while, and then lent again. None is dropped before the pool is: what is dropped stays until the
 * collector of garbage has run in every thread that has seen it, which may be hundreds of megabytes later.
 */
export class SharedPool {
  readonly #free: SharedArrayBuffer[] = [];

  /** @param work - ends when nobody reads or writes the bytes any more. They hold anything at first. */
  async lend<T>(bytes: number, work: (memory: Uint8Array) => Promise<T>): Promise<T> {
    const memory = this.take(bytes);
    try {
      return await work(memory);
    } finally {
      this.giveBack(memory);
    }
  }

  /** The smallest piece that is large enough. A small part gets none that is more than half empty. */
  take(bytes: number): Uint8Array {
    const limit = bytes < LARGE_BYTES ? 2 * bytes + PIECE_BYTES : Number.POSITIVE_INFINITY;
    const fitting = this.#free.filter(({ byteLength }) => byteLength >= bytes && byteLength <= limit);
    const [best] = fitting.sort((a, b) => a.byteLength - b.byteLength);
    if (!best) return new Uint8Array(new SharedArrayBuffer(roundUp(bytes)), 0, bytes);
    this.#free.splice(this.#free.indexOf(best), 1);
    return new Uint8Array(best, 0, bytes);
  }

  giveBack({ buffer }: Uint8Array): void {
    this.#free.push(buffer as SharedArrayBuffer);
  }
}

/** Small pieces as they are: the tiles of a slide have one size. */
const roundUp = (bytes: number) => (bytes < PIECE_BYTES ? bytes : PIECE_BYTES * Math.ceil(bytes / PIECE_BYTES));
