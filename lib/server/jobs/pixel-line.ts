import 'server-only';
import { AppError } from '@/lib/errors';
import type { Env } from '@/lib/server/env';

export type PixelLineLimits = Pick<Env['jobs'], 'waiting' | 'concurrentImages' | 'concurrentPixels'>;

/** How large a piece of work is, and whether it was admitted elsewhere already and is not to be turned away. */
export type Arrival = {
  pixels: number;
  isAdmitted?: boolean | undefined;
  /** Work of a lower number starts first; by default before all that has one. */
  order?: number | undefined;
};

/** The place of one piece of work, from when it joins the line until it leaves. */
export type PixelPlace = {
  /** How many start before it; 0 once it has started. */
  ahead(): number;
  /** Gives the place back, once; `isDone` where the time it took tells how long others will take. */
  leave(how: { isDone: boolean }): void;
};

/** A line in which a number of places counts, and pixels do not. Work of infinite size still runs alone. */
export const placesLine = (places: number, { waiting }: Pick<PixelLineLimits, 'waiting'>): PixelLine =>
  new PixelLine({ waiting, concurrentImages: places, concurrentPixels: Number.MAX_SAFE_INTEGER });

type Entry = { pixels: number; order: number; start: () => void; startedAt: number };

const MAX_RETRY_SECONDS = 60;
/** What a piece of work is thought to take before any has ended. */
export const FIRST_GUESS_SECONDS = 10;

/** The refusal of work where so much waits. @param typicalSeconds - that such work has taken of late */
export function queueFull(waiting: number, typicalSeconds: number): AppError {
  const seconds = Math.min(MAX_RETRY_SECONDS, Math.ceil(typicalSeconds));
  const what = waiting === 1 ? '1 analysis is waiting' : `${waiting} analyses are waiting`;
  return new AppError('queue_full', `${what}, which is the limit; try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}

/**
 * A line of work on images. It starts by its order, then in that of arrival, as much at once as the pixels allow; an image larger
 * than the whole allowance is worked on alone.
 */
export class PixelLine {
  readonly #limits: PixelLineLimits;
  readonly #waiting: Entry[] = [];
  readonly #running = new Set<Entry>();
  #typicalSeconds = FIRST_GUESS_SECONDS;

  constructor(limits: PixelLineLimits) {
    this.#limits = limits;
  }

  /**
   * Joins the line.
   *
   * @param start - called once, when the work may start: before this returns where there is room
   * @throws AppError `queue_full`
   */
  join({ pixels, isAdmitted = false, order = -1 }: Arrival, start: () => void): PixelPlace {
    if (!isAdmitted) this.assertRoom(pixels);
    const entry: Entry = { pixels, order, start, startedAt: 0 };
    const after = this.#waiting.findLastIndex((other) => other.order <= order);
    this.#waiting.splice(after + 1, 0, entry);
    this.#fill();
    return {
      ahead: () => Math.max(0, this.#waiting.indexOf(entry)),
      leave: ({ isDone }) => this.#leave(entry, isDone),
    };
  }

  /** Does work when its turn has come. Throws as `join` does, or what the work throws. */
  async run<Result>(arrival: Arrival, work: () => Promise<Result>): Promise<Result> {
    let place: PixelPlace | undefined;
    await new Promise<void>((start) => {
      place = this.join(arrival, start);
    });
    let isDone = false;
    try {
      const result = await work();
      isDone = true;
      return result;
    } finally {
      place?.leave({ isDone });
    }
  }

  /** @throws AppError `queue_full` where work of so many pixels could neither start nor wait */
  assertRoom(pixels: number): void {
    const { length } = this.#waiting;
    if (length < this.#limits.waiting || (length === 0 && this.#hasRoom(pixels))) return;
    throw queueFull(length, this.#typicalSeconds);
  }

  /** Whether work of so many pixels would start at once. */
  fits(pixels: number): boolean {
    return this.#waiting.length === 0 && this.#hasRoom(pixels);
  }

  /** Whether nothing runs or waits. */
  isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  load(): { waiting: number; running: number; limit: number } {
    return { waiting: this.#waiting.length, running: this.#running.size, limit: this.#limits.waiting };
  }

  #hasRoom(pixels: number): boolean {
    if (this.#running.size === 0) return true;
    const sum = [...this.#running].reduce((before, entry) => before + entry.pixels, pixels);
    return this.#running.size < this.#limits.concurrentImages && sum <= this.#limits.concurrentPixels;
  }

  #fill(): void {
    // In their order: if smaller ones could pass, a large one might wait for ever.
    for (let next = this.#waiting[0]; next !== undefined && this.#hasRoom(next.pixels); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#running.add(next);
      next.startedAt = performance.now();
      next.start();
    }
  }

  #leave(entry: Entry, isDone: boolean): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
    else if (!this.#running.delete(entry)) return;
    if (isDone) this.#typicalSeconds = (3 * this.#typicalSeconds + (performance.now() - entry.startedAt) / 1000) / 4;
    this.#fill();
  }
}
