import 'server-only';

const PIECE_BYTES = 2 ** 20;

/**
 * Shared memory that is lent for a while, and then lent again: each 64 MB that are made anew make the collector of garbage run in
 * the thread that answers requests.
 */
export class SharedPool {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #keptBytes: number;

  /** @param keptBytes - so much is kept of what is free */
  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
  }

  /** @param work - ends when nobody reads or writes the bytes any more. They hold anything at first. */
  async lend<T>(bytes: number, work: (memory: Uint8Array) => Promise<T>): Promise<T> {
    const memory = this.take(bytes);
    try {
      return await work(memory);
    } finally {
      this.giveBack(memory);
    }
  }

  /** The smallest piece that is large enough and not more than half empty. */
  take(bytes: number): Uint8Array {
    const fitting = this.#free.filter(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes + PIECE_BYTES);
    const [best] = fitting.sort((a, b) => a.byteLength - b.byteLength);
    if (!best) return new Uint8Array(new SharedArrayBuffer(roundUp(bytes)), 0, bytes);
    this.#free.splice(this.#free.indexOf(best), 1);
    return new Uint8Array(best, 0, bytes);
  }

  /** What has been free for longest is dropped. */
  giveBack({ buffer }: Uint8Array): void {
    this.#free.push(buffer as SharedArrayBuffer);
    let bytes = this.#free.reduce((sum, { byteLength }) => sum + byteLength, 0);
    while (bytes > this.#keptBytes) bytes -= this.#free.shift()?.byteLength ?? bytes;
  }
}

/** Small pieces as they are: the tiles of a slide have one size. */
const roundUp = (bytes: number) => (bytes < PIECE_BYTES ? bytes : PIECE_BYTES * Math.ceil(bytes / PIECE_BYTES));
