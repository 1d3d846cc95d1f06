import 'server-only';
import type { SharedPool } from './shared-pool';

/** Something in shared memory, which stays as it is until it is released. */
export type Lent<T> = { readonly data: Uint8Array; readonly made: Promise<T>; release(): void };

type Entry<T> = { data: Uint8Array; made: Promise<T>; users: number; isDropped: boolean };

/**
 * Keeps in shared memory what was used last, and lends it. Callers at the same time share one making. What is in use is kept
 * beyond the limit; else its memory holds something else next.
 */
export class SharedCache<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #memory: SharedPool;
  #bytes = 0;

  /**
   * @param limit - in bytes
   * @param memory - what lends it to this and others
   */
  constructor(limit: number, memory: SharedPool) {
    this.#limit = limit;
    this.#memory = memory;
  }

  /** @param make - fills the memory, which holds anything at first. Where it fails, the next caller tries again. */
  lend(key: string, bytes: number, make: (memory: Uint8Array) => Promise<T>): Lent<T> {
    const entry = this.#entries.get(key) ?? this.#begin(key, bytes, make);
    // The one used last is at the end.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      entry.users--;
      if (entry.isDropped) this.#free(entry);
      else this.#shrink(0);
    };
    return { data: entry.data, made: entry.made, release };
  }

  #begin(key: string, bytes: number, make: (memory: Uint8Array) => Promise<T>): Entry<T> {
    this.#shrink(bytes);
    const data = this.#memory.take(bytes);
    const entry: Entry<T> = { data, made: make(data), users: 0, isDropped: false };
    this.#bytes += bytes;
    // Whoever makes it writes until then.
    entry.users++;
    entry.made.then(
      () => entry.users--,
      () => {
        entry.users--;
        this.#drop(key, entry);
        this.#free(entry);
      },
    );
    return entry;
  }

  /** Drops what was not used for longest, and is not in use, until there is room for more. */
  #shrink(more: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes + more <= this.#limit) return;
      if (entry.users > 0) continue;
      this.#drop(key, entry);
      this.#free(entry);
    }
  }

  #drop(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    this.#bytes -= entry.data.length;
    entry.isDropped = true;
  }

  #free({ data, users }: Entry<T>): void {
    if (users === 0) this.#memory.giveBack(data);
  }
}
