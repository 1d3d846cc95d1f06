import 'server-only';
import { type Arrival, FairLine, type Place } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import { BioformatsProcess, type WallOptions } from './reader-process';

/** Slides that are open at once, each alone in a process, and those that may wait for one of these to be closed. */
const LIMITS = { places: 2, waiting: 24, what: 'slides wait to be read', retrySeconds: 10 };
const MAX_REMEMBERED = 1000;

/** Hands out processes, fairly by client: a slow slide holds up one place, and its sender's next ones. */
class ReaderLine {
  private readonly options: WallOptions;
  private readonly line = new FairLine(LIMITS);
  /** The places of the slides that have a process. */
  private readonly places = new Map<BioformatsProcess, Place>();
  private idle: BioformatsProcess | null = null;
  /** Digests of files that have lost their readers, the latest last. */
  private readonly lost = new Set<string>();

  constructor(options: WallOptions = {}) {
    this.options = options;
  }

  /**
   * @returns a process that is the caller's until it is given back.
   * @throws AppError `queue_full`
   */
  async take(arrival: Arrival): Promise<BioformatsProcess> {
    const place = await this.line.enter(arrival);
    const process = this.idle ?? new BioformatsProcess(this.options);
    this.idle = null;
    this.places.set(process, place);
    return process;
  }

  /** Ends the slide that the process has open, and lets the next one in. One process at most is kept warm. */
  async give(process: BioformatsProcess): Promise<void> {
    await process.finish();
    if (this.idle === null) this.idle = process;
    else process.stop();
    this.places.get(process)?.leave();
    this.places.delete(process);
  }

  /**
   * Leaves the process with its slide, whose reading may go on later.
   *
   * @param giveBack - called where another slide needs the process meanwhile; must lead to `give`
   */
  rest(process: BioformatsProcess, giveBack: () => void): void {
    this.places.get(process)?.rest(giveBack);
  }

  /** Ends the rest of a process, unless it was asked back. */
  resume(process: BioformatsProcess): void {
    this.places.get(process)?.resume();
  }

  /** Whether a file that has lost its readers now has done so before. */
  wasLostBefore(digest: string): boolean {
    const before = this.lost.delete(digest);
    this.lost.add(digest);
    const [oldest] = this.lost;
    if (oldest !== undefined && this.lost.size > MAX_REMEMBERED) this.lost.delete(oldest);
    return before;
  }

  /** Ends all processes; slides that are open go on in others. */
  stop(): void {
    this.idle?.stop();
    for (const process of this.places.keys()) process.stop();
  }
}

const readers = processWide('readers', () => {
  const holder = { line: new ReaderLine() };
  process.once('exit', () => holder.line.stop());
  return holder;
});

export const getReaders = (): ReaderLine => readers.line;

/** Puts readers behind other walls, for the tests of these. */
export function setReadersForTests(options: WallOptions): void {
  readers.line.stop();
  readers.line = new ReaderLine(options);
}
