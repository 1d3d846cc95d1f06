import 'server-only';
import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Refusal } from '@/lib/server/readers/slide-source';
import type { TempFolder } from '@/lib/server/readers/temp/temp-folder';
import { type Answer, AnswerParser } from './answer-parser';
import { descendantsOf, residentBytes } from './process-usage';
import { limitTime } from './time-limit';
import {
  enclose,
  findWall,
  makeRoom,
  openToReader,
  type Program,
  type Room,
  seenSlides,
  type Wall,
  type WallKind,
} from './wall';

const START_SECONDS = 30;
const CLOSE_SECONDS = 6;
/** Name of the slide's folder, both in its own place and in the process's. */
const SLIDE = 'slide';

/**
 * How a reading process is made.
 *
 * @throws Refusal where its program is not installed
 */
export type FindProgram = () => Promise<Program>;

/** The process ended while it had a file, which may or may not be the file's fault. */
export class ReaderLost extends Error {}

export type Words = readonly (string | number)[];
type Running = {
  child: ChildProcess;
  generation: number;
  program: Program;
  wall: Wall;
  room: Room;
  lent: TempFolder | null;
  opened: number;
};
type Pending = { parser: AnswerParser; resolve: (answer: Answer) => void; reject: (error: Error) => void };

/** A process that reads one slide at a time. It is started when needed, and killed when it hangs or grows. */
export class ReaderProcess {
  private readonly findProgram: FindProgram;
  private readonly only: WallKind | undefined;
  private running: Running | null = null;
  private pending: Pending | null = null;
  private generations = 0;

  /** @param only - the only kind of wall that is tried, for tests */
  constructor(findProgram: FindProgram, only?: WallKind) {
    this.findProgram = findProgram;
    this.only = only;
  }

  /** Changes when a new process replaces an old one, which has lost what it had open. */
  get generation(): number {
    return this.running?.generation ?? -1;
  }

  /** Whether this is the first file of the process: then another process would lack memory for it, too. */
  get isFresh(): boolean {
    return (this.running?.opened ?? 0) <= 1;
  }

  /**
   * Shows the files of one slide to the process, by moving their folder into the folder that the process sees.
   *
   * @returns the path under which the process sees the folder's `root`
   * @throws ReaderLost
   */
  async show(folder: TempFolder): Promise<string> {
    if (this.running === null) {
      await this.start();
      // The start of the program must not count against the file's time.
      await this.request(['close'], START_SECONDS);
    }
    const { running } = this;
    if (running === null) throw new ReaderLost();
    if (running.lent === null) {
      await openToReader(running.wall, join(folder.root, SLIDE));
      renameSync(join(folder.root, SLIDE), join(running.room.slides, SLIDE));
      running.lent = folder;
      running.opened++;
    }
    return seenSlides(running.wall, running.room);
  }

  /** Closes the slide, and moves its folder back. */
  async finish(): Promise<void> {
    const { running } = this;
    if (running === null) return;
    // A slide that cannot be closed ends with the process.
    await this.request(['close'], CLOSE_SECONDS).catch(() => this.stop());
    takeBack(running);
    // It leaks.
    if (residentBytes(running.child.pid) > running.program.residentBytes) this.stop();
  }

  /** Ends the process, and fails its request. The next slide starts another process. */
  stop(reason: Error = new ReaderLost()): void {
    const { running, pending } = this;
    this.running = null;
    if (!running) return;
    killAll(running.child);
    takeBack(running);
    // The killed process may still write for a moment.
    rmSync(running.room.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    pending?.reject(reason);
  }

  /** @throws ReaderLost, or Refusal when the time is over */
  request(words: Words, seconds: number, pixels?: Uint8Array): Promise<Answer> {
    const { running } = this;
    if (running === null) return Promise.reject(new ReaderLost());
    return new Promise<Answer>((settle, fail) => {
      const late = new Refusal(`not read within ${seconds} s`);
      const unwatch = limitTime(running.child.pid, seconds, () => this.stop(late));
      const end = (then: () => void) => {
        unwatch();
        this.pending = null;
        setReferenced(running.child, false);
        then();
      };
      this.pending = {
        parser: new AnswerParser(pixels),
        resolve: (answer) => end(() => settle(answer)),
        reject: (error) => end(() => fail(error)),
      };
      setReferenced(running.child, true);
      const text = Buffer.from(words.join('\t'), 'utf8');
      const frame = Buffer.alloc(4 + text.length);
      frame.writeUInt32BE(text.length);
      text.copy(frame, 4);
      running.child.stdin?.write(frame);
    });
  }

  private async start(): Promise<void> {
    const program = await this.findProgram();
    const wall = await findWall(program, this.only);
    if (!wall.works) throw new Refusal(program.cannotStart);
    const room = await makeRoom(wall);
    const { command, args, env } = enclose(wall, room, program, program.command);
    const child = spawn(command, args, { cwd: room.scratch, env, stdio: ['pipe', 'pipe', 'ignore'] });
    const running: Running = { child, generation: ++this.generations, program, wall, room, lent: null, opened: 0 };
    this.running = running;
    const lost = (reason?: Error) => {
      if (this.running === running) this.stop(reason);
    };
    child.on('error', () => lost(new Refusal(program.cannotStart)));
    child.on('exit', () => lost());
    child.stdin?.on('error', () => {}); // The process is dead: `exit` handles it.
    child.stdout?.on('data', (chunk: Buffer) => this.receive(running, chunk));
    setReferenced(child, false);
  }

  private receive(running: Running, chunk: Buffer): void {
    const pending = this.running === running ? this.pending : null;
    if (pending === null) return;
    try {
      const answer = pending.parser.push(chunk);
      if (answer) pending.resolve(answer);
    } catch {
      this.stop(new Refusal('its process answered out of order'));
    }
  }
}

/** Moves the folder back to where its owner looks for it and removes it. */
function takeBack(running: Running): void {
  const { lent, room } = running;
  running.lent = null;
  if (lent) renameSync(join(room.slides, SLIDE), join(lent.root, SLIDE));
}

/** An idle process must not keep the server running. */
function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  const streams = [child.stdin, child.stdout] as unknown as ((Readable | Writable) & { ref(): void; unref(): void })[];
  for (const handle of [child, ...streams]) isReferenced ? handle.ref() : handle.unref();
}

/**
 * Kills a process and those it has started. With a user of its own a reader that hangs would outlive the wall around it: that has no
 * right to end it.
 */
function killAll(child: ChildProcess): void {
  for (const pid of child.pid === undefined ? [] : descendantsOf(child.pid))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  child.kill('SIGKILL');
}
