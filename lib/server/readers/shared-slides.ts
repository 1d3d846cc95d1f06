import 'server-only';
import type { Place } from '@/lib/server/jobs/fair-line';
import { getLog } from '@/lib/server/log';
import { processWide } from '@/lib/server/process-wide';
import type { OpenSlide } from './slide-source';

/** How long a slide stays open that nobody reads: a person looks at its thumbnail and draws a region meanwhile. */
const IDLE_MS = 5 * 60_000;

type Entry = {
  slide: Promise<OpenSlide>;
  /** null until it is open */
  opened: OpenSlide | null;
  users: number;
  timer: NodeJS.Timeout | undefined;
};

/**
 * The slides that this server has open, each under a key of its user's choice: whoever comes with the same key reads the
 * same open slide. A slide is closed when it has been idle for `IDLE_MS`, when it is idle and others need what it holds,
 * and by `close`.
 */
export class SharedSlides {
  private readonly entries = new Map<unknown, Entry>();
  /** Keys of the slides that nobody reads, the longest idle first. */
  private readonly idle = new Set<unknown>();

  /**
   * Reads a slide, which stays open as long as anybody does.
   *
   * @param open - called where no slide is open under this key
   * @throws what `open` or `read` throws; after a failed `open` the next caller tries again
   */
  async use<Slide extends OpenSlide, T>(
    key: unknown,
    open: () => Promise<Slide>,
    read: (slide: Slide) => Promise<T>,
  ): Promise<T> {
    const entry = this.entries.get(key) ?? this.add(key, open);
    if (this.idle.delete(key)) {
      clearTimeout(entry.timer);
      entry.opened?.resume();
    }
    entry.users++;
    try {
      return await read((await entry.slide) as Slide);
    } finally {
      entry.users--;
      if (entry.users === 0) await this.letGo(key, entry);
    }
  }

  /** Closes the slide of this key, or has its last reader close it. Whoever comes later opens another. */
  async close(key: unknown): Promise<void> {
    const entry = this.entries.get(key);
    if (entry) await this.end(key, entry);
  }

  /**
   * Closes the slide that has been idle longest.
   *
   * @returns whether there was one
   */
  async closeLongestIdle(): Promise<boolean> {
    for (const key of this.idle) {
      await this.close(key);
      return true;
    }
    return false;
  }

  /** As `close` does, for all of them. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((key) => this.close(key)));
  }

  private add(key: unknown, open: () => Promise<OpenSlide>): Entry {
    const entry: Entry = { slide: open(), opened: null, users: 0, timer: undefined };
    this.entries.set(key, entry);
    entry.slide.then(
      (slide) => {
        entry.opened = slide;
      },
      () => {
        if (this.entries.get(key) === entry) this.entries.delete(key);
      },
    );
    return entry;
  }

  private async letGo(key: unknown, entry: Entry): Promise<void> {
    if (this.entries.get(key) !== entry) return shut(entry);
    this.idle.add(key);
    const end = () => void this.end(key, entry);
    entry.timer = setTimeout(end, IDLE_MS).unref();
    entry.opened?.rest(end);
  }

  private async end(key: unknown, entry: Entry): Promise<void> {
    // Another slide may be open under this key by now.
    if (this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    this.idle.delete(key);
    clearTimeout(entry.timer);
    if (entry.users === 0) await shut(entry);
  }
}

/** What cannot be closed is left to the sweep of the temporary folder; its user has what it asked for. */
async function shut({ opened }: Entry): Promise<void> {
  await opened?.close().catch((err: unknown) => getLog().error({ err }, 'a slide was not closed'));
}

export const getSharedSlides = (): SharedSlides => processWide('shared-slides', () => new SharedSlides());

/**
 * A slide that holds something beside its reader, until it is closed.
 *
 * @param place - in a line; asked back by closing the slide
 * @param free - called last
 */
export function holdingSlide(slide: OpenSlide, free: () => Promise<void>, place?: Place): OpenSlide {
  return {
    choose: (choice) => slide.choose(choice),
    rest: (giveUp) => {
      slide.rest(giveUp);
      place?.rest(giveUp);
    },
    resume: () => {
      slide.resume();
      place?.resume();
    },
    close: () => slide.close().finally(free),
  };
}
