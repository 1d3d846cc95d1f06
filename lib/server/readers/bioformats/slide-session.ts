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

/** A file that hangs is given up within the 10 s that any may take; slides of gigabytes have long directories. */
const OPEN_SECONDS = 6;
const OPEN_SECONDS_PER_GIGABYTE = 10;
const READ_SECONDS = 6;
const READ_SECONDS_PER_MEGAPIXEL = 0.5;
const LOST_RETRY_SECONDS = 10;

const Located = z.object({ end: z.number().nullable() });
const Failure = z.object({ code: z.string(), cause: z.string() });

/** What a failure's code means; the exception's class tells a developer more. */
const FAILURES: Record<string, string> = {
  unknown_format: 'none of its formats',
  unsupported: 'a variant of the format that it does not read',
  damaged: 'the file is damaged or incomplete',
  memory: 'reading it needs more memory than a file may take',
  denied: 'the file refers to other files or addresses, which are not followed',
};

/**
 * One file in a Bio-Formats process that is its own. The file is opened again where the process is another than before:
 * one that took the place of a killed one, or the next after the session had to give its process to another file.
 */
export class SlideSession {
  private readonly slide: SlideFolder;
  private readonly openSeconds: number;
  /** A fourth sample is alpha: TIFF says so, where others mean it. */
  private readonly hasAlpha: boolean;
  private readonly client = currentClient();
  private readonly line = getReaders();
  private process: BioformatsProcess | null = null;
  private generation = -1;
  /** The end of what was asked last: a process does one thing at a time. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param bytes - of the file */
  constructor(slide: SlideFolder, bytes: number, hasAlpha: boolean) {
    this.slide = slide;
    this.hasAlpha = hasAlpha;
    this.openSeconds = Math.round(OPEN_SECONDS + (OPEN_SECONDS_PER_GIGABYTE * bytes) / 1e9);
  }

  /**
   * @param isAdmitted - whether the file has waited elsewhere and must not be turned away
   * @throws Refusal, AppError `queue_full`, `reader_unavailable`
   */
  open(isAdmitted: boolean): Promise<Described> {
    return this.inTurn(async () => {
      this.process = await this.line.take({ client: this.client, isAdmitted });
      return this.insist((process) => this.openIn(process));
    });
  }

  /** @throws as `open` does; a session that was admitted once is not turned away */
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
   * Where in the file the tile or strip of a TIFF ends that holds a pixel of a level.
   *
   * @returns null where it is not known; 0 for another file of the slide. Throws as `read` does
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

  /** Leaves the process to another file where one waits; the next read takes one again. */
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
   * A sound file's reader may be killed by whoever needs memory: the file gets another one at once, and another try of its
   * sender's later. Only a file that takes its reader with it then, too, is refused.
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
      return new Refusal('its process ends in the middle of this file, each time');
    return new AppError('reader_unavailable', 'The process that reads this file was ended, twice. Try again.', {
      retryAfterSeconds: LOST_RETRY_SECONDS,
    });
  }

  /** @returns the JSON of an answer that has some. */
  private assertDone(answer: Answer, process: BioformatsProcess): string {
    if (answer.kind === 'pixels') return '';
    if (answer.kind === 'json') return answer.json;
    const { code, cause } = Failure.parse(JSON.parse(answer.json));
    // What earlier files have left may fill the memory: only a fresh process shows what this one takes.
    if (code === 'memory' && !process.isFresh) {
      process.stop();
      throw new ReaderLost();
    }
    throw new Refusal(`${FAILURES[code] ?? 'it failed'} (${cause})`);
  }
}
