import 'server-only';
import { type Arrival, FairLine, type Place } from '@/lib/server/jobs/fair-line';
import { type FindProgram, ReaderProcess } from './reader-process';
import type { WallKind } from './wall';

/** Slides that are open at once, each in a process of its own, and slides that may wait for a process. */
const LIMITS = { places: 2, waiting: 24, what: 'slides wait to be read', retrySeconds: 10 };
const MAX_REMEMBERED = 1000;

/** Gives processes to slides, fairly by client: a slow slide keeps one place, and delays its own client most. */
export class ReaderLine {
  private readonly findProgram: FindProgram;
  private readonly only: WallKind | undefined;
  private readonly line = new FairLine(LIMITS);
  /** The place of each slide that has a process. */
  private readonly places = new Map<ReaderProcess, Place>();
  private idle: ReaderProcess | null = null;
  /** Digests of files whose reading process was killed, the latest last. */
  private readonly lost = new Set<string>();

  /** @param only - the only kind of wall that is tried, for tests */
  constructor(findProgram: FindProgram, only?: WallKind) {
    this.findProgram = findProgram;
    this.only = only;
  }

  /**
   * @returns a process that belongs to the caller until `give`
   * @throws AppError `queue_full`
   */
  async take(arrival: Arrival): Promise<ReaderProcess> {
    const place = await this.line.enter(arrival);
    const process = this.idle ?? new ReaderProcess(this.findProgram, this.only);
    this.idle = null;
    this.places.set(process, place);
    return process;
  }

  /** Closes the slide in a process and lets the next slide in. At most one idle process is kept warm. */
  async give(process: ReaderProcess): Promise<void> {
    await process.finish();
    if (this.idle === null) this.idle = process;
    else process.stop();
    this.places.get(process)?.leave();
    this.places.delete(process);
  }

  /**
   * Keeps the process for its slide while that is idle.
   *
   * @param giveBack - called when another slide needs the process; must lead to `give`
   */
  rest(process: ReaderProcess, giveBack: () => void): void {
    this.places.get(process)?.rest(giveBack);
  }

  /** Ends the rest of a process. Does nothing after `giveBack` was called. */
  resume(process: ReaderProcess): void {
    this.places.get(process)?.resume();
  }

  /** Whether a file whose reading process was killed now has had this before. */
  wasLostBefore(digest: string): boolean {
    const before = this.lost.delete(digest);
    this.lost.add(digest);
    const [oldest] = this.lost;
    if (oldest !== undefined && this.lost.size > MAX_REMEMBERED) this.lost.delete(oldest);
    return before;
  }

  /** Ends all processes. Slides that are open continue in new ones. */
  stop(): void {
    this.idle?.stop();
    for (const process of this.places.keys()) process.stop();
  }
}
