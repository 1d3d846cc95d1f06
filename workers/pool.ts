// The only file that imports piscina.
import { join } from 'node:path';
import Piscina from 'piscina';
import { AppError } from '@/lib/errors';
import type { Task, TaskReply } from './protocol';

export type PoolOptions = {
  /** Number of worker threads, each with sessions of its own. */
  threads: number;
  /** Threads of one run. `threads x intraOpThreads` should not exceed the cores. */
  intraOpThreads: number;
  /** Tasks that may wait. A further one is refused. */
  maxQueue: number;
  /** Tiles that a thread runs together; by default one. Then it is given as many tasks at once. */
  batch?: number;
  /** Path of the built worker; by default the one that `workers/build.mjs` writes. */
  filename?: string;
};

/** Worker threads that run the tasks of `protocol.ts`. */
export type Pool = {
  readonly threads: number;
  /** Tasks that are done at once. */
  readonly places: number;
  readonly queueSize: number;
  /**
   * Runs one task on the next free thread.
   *
   * @throws AppError what the task threw; `queue_full`; `worker_crashed` when its thread died (it is replaced)
   */
  run<Payload, Result>(task: Task<Payload, Result>, payload: Payload): Promise<Result>;
  close(): Promise<void>;
};

/**
 * New objects of a worker's heap take at most so much before they are collected. Most are views of lent memory, which
 * the collector frees late while there is room. With V8's own limit (48 MB) the peak is higher at the same speed.
 */
const YOUNG_MEGABYTES = 6;

/** Where `workers/build.mjs` writes a worker. */
const builtWorker = (name: string) => join(process.cwd(), '.workers', `${name}.worker.mjs`);

export function createPool({
  threads,
  intraOpThreads,
  maxQueue,
  batch = 1,
  filename = builtWorker('inference'),
}: PoolOptions): Pool {
  const piscina = new Piscina({
    filename,
    minThreads: threads,
    maxThreads: threads,
    // Idle threads stay, since opening a session costs more than the memory that it holds.
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue,
    // Busy-waiting on atomics was slower here (measured: 0.75 s against 0.55 s for 5,000 tasks).
    atomics: 'disabled',
    concurrentTasksPerWorker: batch,
    workerData: { intraOpThreads, batch },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  // Failures reach the caller through `run`. Without a listener this event would end the process.
  piscina.on('error', () => {});
  return {
    threads,
    places: threads * batch,
    get queueSize() {
      return piscina.queueSize;
    },
    run: async <Payload, Result>(task: Task<Payload, Result>, payload: Payload) => {
      const reply: TaskReply<Result> = await piscina.run(payload, { name: task.name }).catch((cause: unknown) => {
        throw toAppError(task.name, cause);
      });
      if (reply.ok) return reply.value;
      throw new AppError(reply.error.code, reply.error.detail);
    },
    close: () => piscina.destroy(),
  };
}

/**
 * Runs the only function of a worker in a thread of its own, which ends afterwards with all its memory.
 *
 * @throws AppError `worker_crashed` when the thread dies; `Late` when it was ended because its time was over
 */
export async function runAlone<Payload, Result>(
  name: string,
  payload: Payload,
  { seconds, heapMegabytes }: { seconds: number; heapMegabytes: number },
): Promise<Result> {
  const resourceLimits = { maxOldGenerationSizeMb: heapMegabytes };
  const piscina = new Piscina({ filename: builtWorker(name), minThreads: 1, maxThreads: 1, resourceLimits });
  piscina.on('error', () => {});
  const signal = AbortSignal.timeout(Math.ceil(seconds * 1000));
  try {
    return await piscina.run(payload, { signal });
  } catch (cause) {
    if (signal.aborted) throw new Late(`not done within ${seconds} s`, { cause });
    throw toAppError(name, cause);
  } finally {
    await piscina.destroy();
  }
}

/** The time of a lone thread is over. */
export class Late extends Error {}

/** Whether a lone thread died because it needed more memory than it was given. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof AppError &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'ERR_WORKER_OUT_OF_MEMORY';

/** piscina's errors differ by their messages alone. */
function toAppError(taskName: string, cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/queue is at limit/i.test(message))
    return new AppError(
      'queue_full',
      'All workers are busy and the waiting line is full. Try again in a few seconds.',
      {
        retryAfterSeconds: 5,
        cause,
      },
    );
  return new AppError('worker_crashed', `The worker running ${taskName} stopped: ${message}`, { cause });
}
