import 'server-only';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { Answer } from './answer-parser';
import type { ReaderLine } from './reader-line';
import { ReaderLost, type ReaderProcess, type Words } from './reader-process';
import type { SlideFolder } from './slide-folder';

/** Any file may take 10 s, so one that hangs is given up before. Slides of gigabytes have long directories. */
const OPEN_SECONDS = 6;
const OPEN_SECONDS_PER_GIGABYTE = 10;
export const READ_SECONDS = 6;
const READ_SECONDS_PER_MEGAPIXEL = 0.5;
const LOST_RETRY_SECONDS = 10;

const Failure = z.object({ code: z.string(), cause: z.string() });

/** What a failure's code means to a user. The cause, which is added, tells a developer more. */
const FAILURES: Record<string, string> = {
  unknown_format: 'none of its formats',
  unsupported: 'a variant of the format that it does not read',
  damaged: 'the file is damaged or incomplete',
  memory: 'reading it needs more memory than a file may take',
  empty: 'nothing was scanned',
  denied: 'the file refers to other files or addresses, which are not followed',
};

/**
 * One file in a reading process. The file is opened again when the process is another than before: when the first was
 * killed, or when the idle session had to give its process to another file.
 */
export class SlideSession<Described> {
  private readonly line: ReaderLine;
  private readonly slide: SlideFolder;
  private readonly described: z.ZodType<Described>;
  private readonly openSeconds: number;
  private readonly client = currentClient();
  private process: ReaderProcess | null = null;
  private generation = -1;
  /** The end of the latest request: a process does one at a time. */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param described - what the process answers to `open`
   * @param bytes - size of the file
   */
  constructor(line: ReaderLine, slide: SlideFolder, described: z.ZodType<Described>, bytes: number) {
    this.line = line;
    this.slide = slide;
    this.described = described;
    this.openSeconds = Math.round(OPEN_SECONDS + (OPEN_SECONDS_PER_GIGABYTE * bytes) / 1e9);
  }

  /**
   * @param isAdmitted - whether the file has waited in another line; then this one does not refuse it
   * @throws Refusal, AppError `queue_full`, `reader_unavailable`
   */
  open(isAdmitted: boolean): Promise<Described> {
    return this.inTurn(async () => {
      this.process = await this.line.take({ client: this.client, isAdmitted });
      return this.insist((process) => this.openIn(process));
    });
  }

  /** Asks the process about the open file. Throws as `open` does, but never `queue_full`. @returns JSON */
  ask(words: Words, seconds: number): Promise<string> {
    return this.request(words, seconds);
  }

  /** Has pixels written into an array of the length that they have. Throws as `ask` does. */
  async fill(words: Words, pixels: Uint8Array, count: number): Promise<void> {
    const seconds = Math.round(READ_SECONDS + (READ_SECONDS_PER_MEGAPIXEL * count) / 1e6);
    await this.request(words, seconds, pixels);
  }

  private request(words: Words, seconds: number, pixels?: Uint8Array): Promise<string> {
    return this.inTurn(async () => {
      this.process ??= await this.line.take({ client: this.client, isAdmitted: true });
      return this.insist(async (process) => {
        if (this.generation !== process.generation) await this.openIn(process);
        return this.assertDone(await process.request(words, seconds, pixels), process);
      });
    });
  }

  /** Offers the process to other files while this one is idle. The next read takes a process again. */
  rest(): void {
    if (this.process) this.line.rest(this.process, () => void this.close());
  }

  resume(): void {
    if (this.process) this.line.resume(this.process);
  }

  close(): Promise<void> {
    return this.inTurn(async () => {
      const { process } = this;
      this.process = null;
      this.generation = -1;
      if (process) await this.line.give(process);
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async openIn(process: ReaderProcess): Promise<Described> {
    const { folder, main } = this.slide;
    const seen = await process.show(folder);
    this.generation = process.generation;
    const answer = await process.request(['open', seen, seen + main.slice(folder.root.length)], this.openSeconds);
    return this.described.parse(JSON.parse(this.assertDone(answer, process)));
  }

  /**
   * Does work, and once more in a new process when the first is killed: the system kills processes when it lacks memory,
   * which is not the file's fault. When the second is killed, too, the client may try later. A file is refused when its
   * processes end so a second time.
   */
  private async insist<T>(work: (process: ReaderProcess) => Promise<T>): Promise<T> {
    const process = this.process as ReaderProcess;
    for (const isLast of [false, true]) {
      try {
        return await work(process);
      } catch (error) {
        if (!(error instanceof ReaderLost)) throw error;
        if (isLast) throw await this.lostTwice(process);
      }
    }
    throw new ReaderLost();
  }

  private async lostTwice(process: ReaderProcess): Promise<Error> {
    process.stop();
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.slide.known ?? this.slide.main), hash);
    if (this.line.wasLostBefore(hash.digest('hex')))
      return new Refusal('its process crashes in the middle of this file, each time');
    return new AppError('reader_unavailable', 'The process that reads this file was stopped twice. Try again.', {
      retryAfterSeconds: LOST_RETRY_SECONDS,
    });
  }

  /** @returns the JSON of the answer; '' for pixels */
  private assertDone(answer: Answer, process: ReaderProcess): string {
    if (answer.kind === 'pixels') return '';
    if (answer.kind === 'json') return answer.json;
    const { code, cause } = Failure.parse(JSON.parse(answer.json));
    // Remains of earlier files may fill the memory. Only a fresh process shows what this file needs.
    if (code === 'memory' && !process.isFresh) {
      process.stop();
      throw new ReaderLost();
    }
    throw new Refusal(`${FAILURES[code] ?? 'it failed'} (${cause})`, { code });
  }
}
