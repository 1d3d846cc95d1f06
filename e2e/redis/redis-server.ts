import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port';

const PROGRAM = 'redis-server';
const START_MS = 15_000;

/** Why there is no Redis here to test with, or null. `npm test` installs Debian's where it may. */
export function whyNoRedis(): string | null {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return `no ${PROGRAM} here: apt-get install -y redis-server`;
  }
}

/** A real Redis on loopback, in a folder of its own, that keeps an append-only file as it should. */
export class RedisServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, settings: readonly string[]) {
    this.#folder = folder;
    this.#port = port;
    this.#settings = settings;
  }

  /** @param settings - of redis-server's command line, in place of an append-only file and `noeviction` */
  static async start(
    settings: readonly string[] = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
  ): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'restain-redis-'));
    const server = new RedisServer(folder, await freePort(), settings);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts the server, or starts it again with the same address and what its file holds. */
  async up(): Promise<void> {
    const place = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const child = spawn(PROGRAM, [...place, ...this.#settings], { stdio: 'ignore' });
    this.#process = child;
    const until = Date.now() + START_MS;
    while (child.exitCode === null && Date.now() < until) {
      if (await answers(this.#port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Redis did not start (exit code ${child.exitCode})`);
  }

  /** Kills the server without a clean end. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Whether a server says PONG: while it loads its file it answers, but not so. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}
