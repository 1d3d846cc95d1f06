import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const READY_MS = 30_000;

/** Real processes of `npm run worker`, as `workers/build.mjs` bundles them. One that was killed is replaced. */
export class WorkerProcesses {
  readonly #env: Record<string, string>;
  readonly #folder: string;
  readonly #running = new Map<number, ChildProcess>();
  #output = '';
  #isOver = false;
  kills = 0;
  stops = 0;

  private constructor(env: Record<string, string>, folder: string) {
    this.#env = env;
    this.#folder = folder;
  }

  /** @param folder - where the programs lie, in `.workers` */
  static async start(count: number, env: Record<string, string>, folder = '.'): Promise<WorkerProcesses> {
    const workers = new WorkerProcesses(env, folder);
    await Promise.all(Array.from({ length: count }, () => workers.#add()));
    return workers;
  }

  /** What they all have logged. */
  get output(): string {
    return this.#output;
  }

  get pids(): number[] {
    return [...this.#running.keys()];
  }

  has(pid: number): boolean {
    return this.#running.has(pid);
  }

  /** Kills a worker at once, as when its memory or its machine is gone; another one comes in its place. */
  async kill(pid: number | null): Promise<void> {
    const child = this.#running.get(pid ?? 0);
    if (!child) return;
    this.kills++;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    if (!this.#isOver) void this.#add().catch(() => {});
  }

  /** Stops a worker for a while: it neither works nor renews anything, and does not know afterwards that it was gone. */
  async freeze(pid: number | null, ms: number): Promise<void> {
    const child = this.#running.get(pid ?? 0);
    if (!child) return;
    this.stops++;
    child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    child.kill('SIGCONT');
  }

  /** Asks a worker to end, and waits until it has. @returns the seconds that it took */
  async end(pid: number | null): Promise<number> {
    const child = this.#running.get(pid ?? 0);
    if (!child) return 0;
    const began = performance.now();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    return (performance.now() - began) / 1000;
  }

  async killAll(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.pids.map((pid) => this.kill(pid)));
  }

  async #add(): Promise<void> {
    const child = spawn(process.execPath, ['.workers/worker.mjs'], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env, RESTAIN_ROLE: 'worker' },
    });
    const pid = child.pid as number;
    this.#running.set(pid, child);
    child.once('exit', () => this.#running.delete(pid));
    let own = '';
    const isReady = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          own += chunk.toString();
          this.#output += chunk.toString();
          if (own.includes('worker ready')) resolve();
        });
      child.once('exit', () => reject(new Error(`a worker ended before it was ready: ${own}`)));
      setTimeout(() => reject(new Error(`a worker was not ready in time: ${own}`)), READY_MS).unref();
    });
    await isReady;
  }
}
