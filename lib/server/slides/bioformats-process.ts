import 'server-only';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { getEnv } from '@/lib/server/env';
import { type Answer, AnswerParser } from './bioformats-frames';
import { Refusal } from './slide-source';
import { watchTime } from './watch-time';

const START_SECONDS = 30;
/** What the virtual machine takes beside its heap; beyond it, it leaks. */
const BESIDE_HEAP_BYTES = 600 * 2 ** 20;

type Installation = { java: string; classPath: string };

/** @returns null when `npm run formats:install` has not been run here. */
export function findBioformats(): Installation | null {
  const { dir, jar } = getEnv().formats;
  // Not traced into the build: what lies there is installed, not imported.
  const jarPath = resolve(/*turbopackIgnore: true*/ jar ?? join(dir, 'bioformats_package.jar'));
  const classes = resolve(/*turbopackIgnore: true*/ dir, 'classes');
  const reader = resolve(/*turbopackIgnore: true*/ dir, 'reader.json');
  if (![jarPath, classes, reader].every((path) => existsSync(path))) return null;
  const { java } = JSON.parse(readFileSync(reader, 'utf8')) as { java: string };
  return { java, classPath: [classes, jarPath].join(delimiter) };
}

/** The first of these that works here: a network namespace with nothing in it. */
const ISOLATIONS: readonly string[][] = [
  ['unshare', '--net'],
  ['unshare', '--map-root-user', '--net'],
];
let isolation: string[] | undefined;

/** Without one, the reader's own security manager still refuses every connection. */
function findIsolation(): string[] {
  isolation ??=
    ISOLATIONS.find(([command, ...args]) => {
      try {
        execFileSync(command, [...args, 'true'], { stdio: 'ignore', timeout: 5000 });
        return true;
      } catch {
        return false;
      }
    }) ?? [];
  return isolation;
}

/** XML of a few lines must not unfold to gigabytes: by the runtime's own parser, as the jar's knows no such limit. */
const XML_LIMITS = [
  '-Djavax.xml.parsers.SAXParserFactory=com.sun.org.apache.xerces.internal.jaxp.SAXParserFactoryImpl',
  '-Djavax.xml.parsers.DocumentBuilderFactory=com.sun.org.apache.xerces.internal.jaxp.DocumentBuilderFactoryImpl',
  '-Djdk.xml.entityExpansionLimit=64',
  '-Djdk.xml.totalEntitySizeLimit=100000',
];

type Running = { child: ChildProcess; generation: number; scratch: string };
type Pending = { parser: AnswerParser; resolve: (answer: Answer) => void; reject: (error: Error) => void };

/** The one reading process: started when needed, asked one thing at a time, killed when it hangs or grows. */
export class BioformatsProcess {
  private running: Running | null = null;
  private pending: Pending | null = null;
  private tail: Promise<unknown> = Promise.resolve();
  private generations = 0;

  /** Changes when the process is another: what the earlier one had open is gone. */
  get generation(): number {
    return this.running?.generation ?? -1;
  }

  /**
   * Runs `work` once all earlier work is done, alone: its requests come one after the other in one process.
   */
  async use<T>(work: (request: Request) => Promise<T>): Promise<T> {
    const turn = this.tail.then(async () => {
      try {
        return await work((words, seconds, pixels) => this.request(words, seconds, pixels));
      } finally {
        this.dropWhenGrown();
      }
    });
    this.tail = turn.catch(() => {});
    return turn;
  }

  /** Ends the process, and with it what it was asked; the next use starts another. */
  stop(reason = new Refusal('its process was ended')): void {
    const running = this.running;
    this.running = null;
    if (!running) return;
    running.child.kill('SIGKILL');
    this.pending?.reject(reason);
    // The process may write a moment longer.
    rmSync(running.scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  private async request(words: readonly (string | number)[], seconds: number, pixels?: Uint8Array): Promise<Answer> {
    if (this.running === null) {
      this.start();
      // The first answer waits for the virtual machine: not the file's fault.
      await this.send(['close', 'none'], START_SECONDS);
    }
    return this.send(words, seconds, pixels);
  }

  private send(words: readonly (string | number)[], seconds: number, pixels?: Uint8Array): Promise<Answer> {
    const running = this.running;
    if (running === null) return Promise.reject(new Refusal('its process has ended'));
    return new Promise<Answer>((settle, fail) => {
      const late = new Refusal(`not read within ${seconds} s`);
      const unwatch = watchTime(running.child.pid, seconds, () => this.stop(late));
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

  private start(): void {
    const installation = findBioformats();
    if (installation === null) throw new Refusal(NOT_INSTALLED);
    const scratch = mkdtempSync(join(tmpdir(), `restain-${process.pid}-`));
    const heapMegabytes = Math.max(64, Math.floor(getEnv().formats.heapBytes / 2 ** 20));
    const [command, ...args] = [
      ...findIsolation(),
      installation.java,
      `-Xmx${heapMegabytes}m`,
      '-XX:+UseSerialGC',
      '-XX:MinHeapFreeRatio=10',
      '-XX:MaxHeapFreeRatio=30',
      '-XX:ActiveProcessorCount=2',
      '-XX:-UsePerfData',
      '-XX:+DisableAttachMechanism',
      `-XX:ErrorFile=${join(scratch, 'crash.log')}`,
      '-Djava.awt.headless=true',
      '-Djava.security.manager=allow',
      ...XML_LIMITS,
      `-Djava.io.tmpdir=${scratch}`,
      `-Duser.home=${scratch}`,
      '-cp',
      installation.classPath,
      'restain.Main',
    ];
    // Nothing of our environment: it holds secrets that a reader needs none of.
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };
    const child = spawn(command, args, { cwd: scratch, env: env as never, stdio: ['pipe', 'pipe', 'ignore'] });
    const running = { child, generation: ++this.generations, scratch };
    this.running = running;
    const lost = (reason: string) => {
      if (this.running === running) this.stop(new Refusal(reason));
    };
    child.on('error', () => lost(`its process did not start. ${INSTALL_BIOFORMATS}`));
    child.on('exit', () => lost('its process ended in the middle of the file'));
    child.stdin?.on('error', () => {}); // It died: `exit` tells.
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
      this.stop(new Refusal('its process gave an answer out of order'));
    }
  }

  private dropWhenGrown(): void {
    const pid = this.running?.child.pid;
    if (pid === undefined || process.platform !== 'linux') return;
    try {
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
      if (kilobytes * 1024 > getEnv().formats.heapBytes + BESIDE_HEAP_BYTES) this.stop();
    } catch {
      // It has ended: its exit is handled there.
    }
  }
}

export type Request = (words: readonly (string | number)[], seconds: number, pixels?: Uint8Array) => Promise<Answer>;

export const INSTALL_BIOFORMATS =
  'Whoever runs this server can install it with `npm run formats:install` (it needs Java 17 to 23)';
export const NOT_INSTALLED = `not installed here. ${INSTALL_BIOFORMATS}`;

/** A waiting process must not keep the server from ending. */
function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  const streams = [child.stdin, child.stdout] as unknown as ((Readable | Writable) & { ref(): void; unref(): void })[];
  for (const handle of [child, ...streams]) isReferenced ? handle.ref() : handle.unref();
}

// One a server, also where the bundler loads this module twice.
const holder = globalThis as { restainBioformats?: BioformatsProcess };

export function getBioformatsProcess(): BioformatsProcess {
  holder.restainBioformats ??= new BioformatsProcess();
  return holder.restainBioformats;
}
