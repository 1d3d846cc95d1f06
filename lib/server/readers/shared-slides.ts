import 'server-only';
import type { Place } from '@/lib/server/jobs/fair-line';
import { getLog } from '@/lib/server/log';
import { processWide } from '@/lib/server/process-wide';
import type { OpenSlide } from './slide-source';

/** How long an idle slide stays open. Meanwhile a person looks at its thumbnail and draws a region. */
const IDLE_MS = 5 * 60_000;

type Entry = {
  slide: Promise<OpenSlide>;
  /** null until the slide is open. */
  opened: OpenSlide | null;
  users: number;
  timer: NodeJS.Timeout | undefined;
};

/**
 * The slides that this server has open, each under a key. All callers with the same key share one open slide.
 *
 * A slide is closed by `close`, when it has been idle for `IDLE_MS`, and when it is idle while another needs its place or
 * its room.
 */
export class SharedSlides {
  private readonly entries = new Map<unknown, Entry>();
  /** Keys of the slides that nobody reads, the longest idle first. */
  private readonly idle = new Set<unknown>();

  /**
   * Reads a slide, which stays open while anybody reads it.
   *
   * @param open - called when no slide is open under this key
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

  /** Closes the slide of this key, now or when its last user is done. A later caller opens another. */
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

  /** Closes all slides, as `close` does. */
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

/** An error is logged and not thrown: the user has its result, and the temporary folder is swept at the next start. */
async function shut({ opened }: Entry): Promise<void> {
  await opened?.close().catch((err: unknown) => getLog().error({ err }, 'a slide was not closed'));
}

export const getSharedSlides = (): SharedSlides => processWide('shared-slides', () => new SharedSlides());

/**
 * Adds to a slide something that it holds until it is closed, such as a temporary folder.
 *
 * @param free - releases it, after the slide is closed
 * @param place - in a line; the slide is closed when another waits for it while the slide is idle
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
