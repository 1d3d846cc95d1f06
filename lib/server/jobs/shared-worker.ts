import 'server-only';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Job, Worker } from 'bullmq';
import { AppError, ERRORS } from '@/lib/errors';
import { withClient } from '@/lib/server/current-client';
import { getLog } from '@/lib/server/log';
import { countError, type MeasuredJob, measureJob } from '@/lib/server/metrics';
import { askRedis, connectPatiently, type Redis } from '@/lib/server/redis/redis';
import { toAppError } from '@/lib/server/to-app-error';
import { type JobProgress, jobDefinition } from './define-job';
import { NotNow } from './not-now';
import { FIRST_GUESS_SECONDS, type PixelLine } from './pixel-line';
import { cancelKey, failureOf, PREFIX, type SharedData, servedKey, typicalKey } from './shared-job';

/** The part of a process that works on what waits in the shared queue. */
export type SharedWorker = {
  /** Begins to take work, for as long as this process runs. */
  work(): void;
  /** Takes no more work. Resolves when what was taken is done, or after so many ms. */
  drain(ms: number): Promise<void>;
  /** Stops those of some jobs that this process works on, as cancelled. Resolves when nothing of them runs here. */
  stopOwn(ids: readonly string[]): Promise<void>;
  /** Stops all work that was taken, and gives it back to the queue, before all that waits there. */
  handBack(): Promise<void>;
};

/** A job that was being worked on when so many of its workers fell silent is held to be the reason. */
const MAX_STALLS = 5;
/** So often a worker looks whether its jobs were cancelled, and whether there is room for another. */
const LOOK_MS = 500;
const PROGRESS_MS = 500;
/** For how long a Redis that does not answer can delay the end of the process. */
export const PATIENCE_MS = 2_000;

type Taken = { job: Job<SharedData>; token: string; abort: AbortController; done: Promise<void> };

/** The job that starts next in a queue, or null. */
export async function nextIn(redis: Redis, queue: { toKey(type: string): string }): Promise<string | null> {
  const first = await redis.lindex(queue.toKey('wait'), -1);
  return first ?? (await redis.zrange(queue.toKey('prioritized'), '0', '0'))[0] ?? null;
}

/**
 * @param queue - its name
 * @param line - what this process works on at once, also of what did not come through this queue
 */
export function createSharedWorker(
  queue: string,
  { silentSeconds }: { silentSeconds: number },
  line: PixelLine,
): SharedWorker {
  // As measured in docs/reliability.md: a lock outlives a short pause, and a dead worker's job is not long without one.
  const lockMs = silentSeconds * 1500;
  const taken = new Map<string, Taken>();
  const cancelled = () => new AppError('cancelled', 'The work was cancelled.');
  let worker: Worker<SharedData> | undefined;
  let isStopping = false;
  let wake = () => {};

  function open(): Worker<SharedData> {
    const opened = new Worker<SharedData>(queue, null, {
      connection: connectPatiently(),
      prefix: PREFIX,
      // Tells who works on a job: for `npm run chaos`, and for a person who looks into Redis.
      name: `${hostname()}/${process.pid}`,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      // A job is given up by `MAX_STALLS` here, with a reason that says more.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    opened.on('error', () => {});
    return opened;
  }

  async function takeWork(from: Worker<SharedData>): Promise<void> {
    while (!isStopping) {
      const isIdle = line.isIdle();
      if (!isIdle && !(await fitsNext(from))) {
        await pause();
        continue;
      }
      const token = randomUUID();
      const job = await from.getNextJob(token, { block: isIdle }).catch(pause);
      if (job) begin(job as Job<SharedData>, token);
      else if (!isIdle) await pause();
    }
  }

  /** A moment, or until some work has ended. */
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Whether there is room for the job that is next in line: an idle process takes it, rather than that it waits here. */
  async function fitsNext(from: Worker<SharedData>): Promise<boolean> {
    try {
      return await askRedis(async (redis) => {
        const id = await nextIn(redis, from);
        const text = id && (await redis.hget(from.toKey(id), 'data'));
        if (!text) return false;
        const { pixels } = JSON.parse(text) as SharedData;
        return line.fits(pixels ?? Number.POSITIVE_INFINITY);
      });
    } catch {
      return false;
    }
  }

  function begin(job: Job<SharedData>, token: string): void {
    const id = job.id as string;
    const abort = new AbortController();
    const done = workOn(job, token, abort.signal)
      // Redis has given the job to another worker meanwhile, which is as well: a handler may be called twice.
      .catch((error: unknown) => getLog().warn({ job: job.name, reason: String(error) }, 'end of a job not noted'))
      .finally(() => {
        taken.delete(id);
        wake();
      });
    taken.set(id, { job, token, abort, done });
  }

  async function workOn(job: Job<SharedData>, token: string, signal: AbortSignal): Promise<void> {
    const { pixels, client } = job.data;
    const { isLight = false } = jobDefinition(job.name);
    // What may have stopped a worker is worked on alone, so that nothing else suffers.
    const isAlone = pixels === null || (job.stalledCounter > 0 && !isLight);
    let result: unknown;
    let began = 0;
    let measured: MeasuredJob | undefined;
    try {
      const arrival = { pixels: isAlone ? Number.POSITIVE_INFINITY : pixels, isAdmitted: true };
      result = await line.run(arrival, () => {
        began = performance.now();
        const begun = measureJob(job.name, pixels ?? Number.POSITIVE_INFINITY);
        measured = begun;
        return withClient(client, () => handle(job, signal, begun));
      });
      signal.throwIfAborted();
    } catch (error) {
      measured?.end(
        error instanceof NotNow ? 'given back' : signal.aborted || isCancellation(error) ? 'cancelled' : 'failed',
      );
      return fail(job, token, signal, error);
    }
    measured?.end('done');
    await job.moveToCompleted(result ?? null, token, false);
    await noteSeconds((performance.now() - began) / 1000);
  }

  async function handle(job: Job<SharedData>, signal: AbortSignal, measured: MeasuredJob): Promise<unknown> {
    signal.throwIfAborted();
    if (await askRedis((redis) => redis.exists(cancelKey(job.id as string))).catch(() => 0)) throw cancelled();
    const { schema, handler, judgesStalls = false, isLight = false } = jobDefinition(job.name);
    if (job.stalledCounter >= MAX_STALLS && !judgesStalls && !isLight)
      throw new AppError('interrupted', `The work has stopped its worker ${MAX_STALLS} times, so it was given up.`);
    const progress = progressOf(job);
    try {
      const report = (next: JobProgress) => {
        measured.enter(next.stage);
        progress.report(next);
      };
      return await handler(schema.parse(job.data.data), { signal, report, stalls: job.stalledCounter });
    } finally {
      progress.stop();
    }
  }

  async function fail(job: Job<SharedData>, token: string, signal: AbortSignal, error: unknown): Promise<void> {
    const later = error instanceof NotNow ? error : signal.aborted && signal.reason;
    if (later instanceof NotNow) {
      if (later.afterMs === 0) await job.moveToWait(token);
      else await job.moveToDelayed(Date.now() + later.afterMs, token);
      return;
    }
    const known = signal.aborted ? cancelled() : toAppError(error);
    if (known.code !== 'cancelled') countError('job', known.code);
    if (ERRORS[known.code].status >= 500) getLog().error({ err: error, job: job.name }, 'job failed');
    await job.moveToFailed(failureOf(known), token, false);
  }

  async function keepLocks(from: Worker<SharedData>): Promise<void> {
    const all = [...taken.values()];
    const ids = all.map(({ job }) => job.id as string);
    if (ids.length > 0)
      await from.extendJobLocks(
        ids,
        all.map(({ token }) => token),
        lockMs,
      );
  }

  async function stopCancelled(): Promise<void> {
    const ids = [...taken.keys()];
    if (ids.length === 0) return;
    const marks = await askRedis((redis) => redis.mget(ids.map(cancelKey)));
    for (const [i, id] of ids.entries()) if (marks[i] !== null) taken.get(id)?.abort.abort(cancelled());
  }

  /** Says that somebody works on this queue. */
  async function saySo(): Promise<void> {
    if (!isStopping) await askRedis((redis) => redis.set(servedKey(queue), '1', 'PX', silentSeconds * 1000));
  }

  async function noteSeconds(seconds: number): Promise<void> {
    await askRedis(async (redis) => {
      const before = Number(await redis.get(typicalKey(queue))) || FIRST_GUESS_SECONDS;
      await redis.set(typicalKey(queue), String((3 * before + seconds) / 4));
    }).catch(() => {});
  }

  const allDone = () => Promise.all([...taken.values()].map(({ done }) => done));

  return {
    work() {
      if (worker !== undefined) return;
      const opened = open();
      worker = opened;
      void opened.startStalledCheckTimer();
      // A lock that is not renewed, or a mark that is not seen, is tried again at the next turn.
      setInterval(() => keepLocks(opened).catch(() => {}), lockMs / 3).unref();
      setInterval(() => stopCancelled().catch(() => {}), LOOK_MS).unref();
      const say = () => saySo().catch(() => {});
      void say();
      setInterval(say, silentSeconds * 250).unref();
      void takeWork(opened);
    },
    async drain(ms) {
      isStopping = true;
      wake();
      await Promise.race([allDone(), delay(ms, undefined, { ref: false })]);
    },
    async stopOwn(ids) {
      const own = ids.map((id) => taken.get(id)).filter((one) => one !== undefined);
      for (const { abort } of own) abort.abort(cancelled());
      await Promise.all(own.map(({ done }) => done));
    },
    async handBack() {
      isStopping = true;
      for (const { abort } of taken.values()) abort.abort(new NotNow(0));
      await Promise.race([allDone(), delay(PATIENCE_MS)]);
      await Promise.race([worker?.close(true), delay(PATIENCE_MS)]);
    },
  };
}

const isCancellation = (error: unknown) => error instanceof AppError && error.code === 'cancelled';

/** Passes progress on to Redis, which need not hear of every tile. It never falls. */
function progressOf(job: Job<SharedData>): { report: (progress: JobProgress) => void; stop: () => void } {
  let latest: JobProgress | null = null;
  let sent: JobProgress | null = null;
  const send = () => {
    if (latest === sent || latest === null) return;
    sent = latest;
    void job.updateProgress(latest).catch(() => {});
  };
  const timer = setInterval(send, PROGRESS_MS);
  return {
    report: (next) => {
      const isFirst = latest === null;
      latest = { ...next, progress: Math.max(next.progress, latest?.progress ?? 0) };
      if (isFirst) send();
    },
    stop: () => clearInterval(timer),
  };
}
