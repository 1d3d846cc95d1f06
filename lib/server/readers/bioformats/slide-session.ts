import 'server-only';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { SlideRegion } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { type Raster, sharedRaster } from '@/lib/imaging/raster';
import { currentClient } from '@/lib/server/current-client';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { Answer } from './answer-parser';
import { getReaders } from './reader-line';
import { type BioformatsProcess, ReaderLost } from './reader-process';
import { Described } from './series';
import type { SlideFolder } from './slide-folder';

/** Any file may take 10 s, so one that hangs is given up before. Slides of gigabytes have long directories. */
const OPEN_SECONDS = 6;
const OPEN_SECONDS_PER_GIGABYTE = 10;
const READ_SECONDS = 6;
const READ_SECONDS_PER_MEGAPIXEL = 0.5;
const LOST_RETRY_SECONDS = 10;

const Located = z.object({ end: z.number().nullable() });
const Failure = z.object({ code: z.string(), cause: z.string() });

/** What a failure's code means to a user. The exception's class, which is added, tells a developer more. */
const FAILURES: Record<string, string> = {
  unknown_format: 'none of its formats',
  unsupported: 'a variant of the format that it does not read',
  damaged: 'the file is damaged or incomplete',
  memory: 'reading it needs more memory than a file may take',
  denied: 'the file refers to other files or addresses, which are not followed',
};

/**
 * One file in a Bio-Formats process. The file is opened again when the process is another than before: when the first was
 * killed, or when the idle session had to give its process to another file.
 */
export class SlideSession {
  private readonly slide: SlideFolder;
  private readonly openSeconds: number;
  /** Whether a fourth sample is alpha. A TIFF states it, in other formats it always is. */
  private readonly hasAlpha: boolean;
  private readonly client = currentClient();
  private readonly line = getReaders();
  private process: BioformatsProcess | null = null;
  private generation = -1;
  /** The end of the latest request: a process does one at a time. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param bytes - size of the file */
  constructor(slide: SlideFolder, bytes: number, hasAlpha: boolean) {
    this.slide = slide;
    this.hasAlpha = hasAlpha;
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

  /** Throws as `open` does, but never `queue_full`. */
  read(series: number, level: number, plane: number, { x, y, width, height }: SlideRegion): Promise<Raster> {
    return this.inTurn(async () => {
      await this.takeProcess();
      const raster = sharedRaster(width, height, 3);
      const seconds = Math.round(READ_SECONDS + (READ_SECONDS_PER_MEGAPIXEL * width * height) / 1e6);
      return this.insist(async (process) => {
        if (this.generation !== process.generation) await this.openIn(process);
        const words = ['read', series, level, plane, x, y, width, height, Number(this.hasAlpha)];
        this.assertDone(await process.request(words, seconds, raster.data), process);
        return raster;
      });
    });
  }

  /**
   * Asks where in a TIFF the tile or strip ends that holds a pixel of a level. Throws as `read` does.
   *
   * @returns null where it is not known; 0 for another file of the slide
   */
  locate({ series, level, plane }: { series: number; level: number; plane: number }, x: number, y: number) {
    return this.inTurn(async () => {
      await this.takeProcess();
      return this.insist(async (process) => {
        if (this.generation !== process.generation) await this.openIn(process);
        const answer = await process.request(['locate', series, level, plane, x, y], READ_SECONDS);
        return Located.parse(JSON.parse(this.assertDone(answer, process))).end;
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

  private async takeProcess(): Promise<void> {
    this.process ??= await this.line.take({ client: this.client, isAdmitted: true });
  }

  private async openIn(process: BioformatsProcess): Promise<Described> {
    const { folder, main } = this.slide;
    const seen = await process.show(folder);
    this.generation = process.generation;
    const answer = await process.request(['open', seen, seen + main.slice(folder.root.length)], this.openSeconds);
    return Described.parse(JSON.parse(this.assertDone(answer, process)));
  }

  /**
   * Does work, and once more in a new process when the first is killed: the system kills processes when it lacks memory,
   * which is not the file's fault. When the second is killed, too, the client may try later. A file is refused when its
   * processes end so a second time.
   */
  private async insist<T>(work: (process: BioformatsProcess) => Promise<T>): Promise<T> {
    const process = this.process as BioformatsProcess;
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

  private async lostTwice(process: BioformatsProcess): Promise<Error> {
    process.stop();
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.slide.main), hash);
    if (this.line.wasLostBefore(hash.digest('hex')))
      return new Refusal('its process crashes in the middle of this file, each time');
    return new AppError('reader_unavailable', 'The process that reads this file was stopped twice. Try again.', {
      retryAfterSeconds: LOST_RETRY_SECONDS,
    });
  }

  /** @returns the JSON of the answer; '' for pixels */
  private assertDone(answer: Answer, process: BioformatsProcess): string {
    if (answer.kind === 'pixels') return '';
    if (answer.kind === 'json') return answer.json;
    const { code, cause } = Failure.parse(JSON.parse(answer.json));
    // Remains of earlier files may fill the memory. Only a fresh process shows what this file needs.
    if (code === 'memory' && !process.isFresh) {
      process.stop();
      throw new ReaderLost();
    }
    throw new Refusal(`${FAILURES[code] ?? 'it failed'} (${cause})`);
  }
}
