import 'server-only';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Job, Queue, QueueEvents } from 'bullmq';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import type { Env } from '@/lib/server/env';
import { askRedis, connectPatiently, getRedis } from '@/lib/server/redis/redis';
import type { JobProgress } from './define-job';
import { FIRST_GUESS_SECONDS, type PixelLine, queueFull } from './pixel-line';
import type { JobQueue, JobSnapshot } from './queue';
import { cancelKey, errorOf, PREFIX, type SharedData, servedKey, typicalKey } from './shared-job';
import { createSharedWorker, nextIn, PATIENCE_MS, type SharedWorker } from './shared-worker';

export type SharedQueueLimits = Pick<Env['jobs'], 'waiting' | 'keepSeconds' | 'silentSeconds'>;

/** Jobs that are put into Redis, or looked for there, by one command. */
const AT_ONCE = 500;

/** A queue in Redis, and the part of this process that works on what waits there. */
export type SharedQueue = JobQueue<unknown> & SharedWorker & { close(): Promise<void> };

/** Whoever waits for the end of a job hears of it by an event, and looks in case it missed that: soon, then less often. */
const FIRST_LOOK_MS = 200;
const LAST_LOOK_MS = 5_000;
const WAITING = ['waiting', 'prioritized', 'delayed'];
/** BullMQ's greatest priority. Beyond it jobs start in the order of arrival. */
const MAX_ORDER = 2 ** 21 - 1;

type SharedJob = Job<SharedData, unknown>;
/** `isOver`: it has ended, and nothing of it runs any more. */
type Look = { snapshot: JobSnapshot<unknown>; isOver: boolean };

/**
 * A queue that several processes share through Redis. Every method throws AppError `queue_unavailable` where that is away.
 *
 * @param name - of the queue
 * @param line - what this process works on at once, also of what did not come through this queue
 */
export function createSharedQueue(name: string, limits: SharedQueueLimits, line: PixelLine): SharedQueue {
  const queue = new Queue<SharedData>(name, { connection: getRedis(), prefix: PREFIX });
  queue.on('error', () => {});
  const worker = createSharedWorker(name, limits, line);
  let events: QueueEvents | undefined;

  async function look(id: string): Promise<Look | undefined> {
    return askRedis(async (redis) => {
      // First the state: what is read of the job afterwards is as new at least.
      const state = await queue.getJobState(id);
      const [job, isCancelled] = await Promise.all([
        Job.fromId(queue, id) as Promise<SharedJob | undefined>,
        redis.exists(cancelKey(id)),
      ]);
      if (isCancelled) return { snapshot: revoked(job), isOver: state !== 'active' };
      if (job === undefined || state === 'unknown') return undefined;
      if (state === 'completed') return { snapshot: done(job), isOver: true };
      if (state === 'failed') return { snapshot: failed(job), isOver: true };
      const { progress } = job as { progress: JobProgress | number };
      const latest = typeof progress === 'object' ? progress : null;
      if (state === 'active') {
        const snapshot = { state: 'STARTED' as const, queuePosition: 0, progress: 0, ...latest };
        return { snapshot, isOver: false };
      }
      return { snapshot: { state: 'PENDING', progress: 0, queuePosition: await ahead(id) }, isOver: false };
    });
  }

  /** How many start before a job that waits. BullMQ takes the last of the list, then those with an order. */
  async function ahead(id: string): Promise<number> {
    const [list, ordered] = [queue.toKey('wait'), queue.toKey('prioritized')];
    const asked = getRedis().multi().lpos(list, id).llen(list).zrank(ordered, id);
    const [[, at] = [], [, length] = [], [, rank] = []] = (await asked.exec()) ?? [];
    if (typeof length !== 'number') return 0;
    if (typeof at === 'number') return length - 1 - at;
    return typeof rank === 'number' ? length + rank : 0;
  }

  /** Those of some jobs that neither wait nor run. */
  async function absent<T extends { mark: string }>(jobs: readonly T[]): Promise<T[]> {
    const found = await askRedis(async (redis) => {
      const asked = redis.pipeline();
      for (const { mark } of jobs) asked.exists(queue.toKey(mark));
      return (await asked.exec()) ?? [];
    });
    return jobs.filter((_, i) => found[i]?.[1] === 0);
  }

  /** Takes some jobs out of the line. @returns those that are worked on */
  async function takeOut(ids: readonly string[]): Promise<string[]> {
    const removed = await Promise.all(ids.map((id) => queue.remove(id).catch(() => 0)));
    const left = ids.filter((_, i) => removed[i] !== 1);
    const asked = getRedis().pipeline();
    for (const id of left) asked.exists(queue.toKey(id));
    const found = (await asked.exec()) ?? [];
    return left.filter((_, i) => found[i]?.[1] === 1);
  }

  async function counts() {
    const count = await askRedis(() => queue.getJobCounts('wait', 'prioritized', 'delayed', 'active'));
    const { wait = 0, prioritized = 0, delayed = 0, active = 0 } = count;
    return { waiting: wait + prioritized + delayed, running: active };
  }

  async function assertRoom(): Promise<void> {
    const { waiting, running } = await counts();
    if (waiting < limits.waiting) return;
    // Where nothing may wait, there is room while some worker has nothing to do.
    if (waiting === 0 && running < (await askRedis(() => queue.getWorkersCount()))) return;
    const typical = Number(await askRedis((redis) => redis.get(typicalKey(name)))) || FIRST_GUESS_SECONDS;
    throw queueFull(waiting, typical);
  }

  /** Resolves when this job is said to have ended, or after a while. */
  async function untilNews(id: string, ms: number): Promise<void> {
    events ??= listen();
    const heard = events;
    const stop = new AbortController();
    const onEnd = ({ jobId }: { jobId: string }) => jobId === id && stop.abort();
    const names = ['completed', 'failed', 'removed'] as const;
    for (const name of names) heard.on(name, onEnd);
    await delay(ms, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    for (const name of names) heard.off(name, onEnd);
  }

  function listen(): QueueEvents {
    const opened = new QueueEvents(name, { connection: connectPatiently(), prefix: PREFIX });
    opened.on('error', () => {});
    opened.setMaxListeners(0);
    return opened;
  }

  return {
    async submit(job, data, { pixels, isAdmitted = false, mark }) {
      if (!isAdmitted) await assertRoom();
      const id = mark ?? randomBytes(16).toString('base64url');
      await askRedis(async (redis) => {
        // BullMQ does nothing where there is a job of this id. One that has ended makes room.
        const earlier = mark === undefined ? 'unknown' : await queue.getJobState(id);
        if (earlier === 'completed' || earlier === 'failed') await queue.remove(id);
        if (mark !== undefined && earlier !== 'active') await redis.del(cancelKey(id));
        const kept = { age: limits.keepSeconds };
        await queue.add(job.name, sharedData(data, pixels), { jobId: id, removeOnComplete: kept, removeOnFail: kept });
      });
      return id;
    },
    async submitAll(job, jobs) {
      for (let from = 0; from < jobs.length; from += AT_ONCE) {
        const wanted = await absent(jobs.slice(from, from + AT_ONCE));
        if (wanted.length === 0) continue;
        const gone = { removeOnComplete: true, removeOnFail: true };
        const all = wanted.map(({ data, mark, pixels, order }) => ({
          name: job.name,
          data: sharedData(data, pixels),
          opts: { jobId: mark, priority: Math.min(MAX_ORDER, order + 1), ...gone },
        }));
        await askRedis(() => queue.addBulk(all));
      }
    },
    async cancelAll(ids) {
      const running: string[] = [];
      for (let from = 0; from < ids.length; from += AT_ONCE)
        running.push(...(await askRedis(() => takeOut(ids.slice(from, from + AT_ONCE)))));
      // Not before all are out of the queue: whoever stops one would begin the next.
      await askRedis(async (redis) => {
        const marks = redis.pipeline();
        for (const id of running) marks.set(cancelKey(id), '1', 'EX', limits.keepSeconds);
        await marks.exec();
      });
      await worker.stopOwn(ids);
    },
    async isServed() {
      return (await askRedis((redis) => redis.exists(servedKey(name)))) === 1;
    },
    assertRoom,
    async get(id) {
      return (await look(id))?.snapshot;
    },
    async ended(id) {
      let isKnown = false;
      for (let ms = FIRST_LOOK_MS; ; ms = Math.min(2 * ms, LAST_LOOK_MS)) {
        const news = untilNews(id, ms);
        const seen = await look(id).catch((error: unknown) => {
          if (isKnown && error instanceof AppError && error.code === 'queue_unavailable') return 'away' as const;
          throw error;
        });
        if (seen === undefined)
          throw new AppError('task_not_found', 'There is no such task, or its result is no longer kept.');
        isKnown = true;
        if (seen !== 'away' && seen.isOver) return seen.snapshot;
        await news;
      }
    },
    async cancel(id) {
      await askRedis(async (redis) => {
        const state = await queue.getJobState(id);
        if (state !== 'active' && !WAITING.includes(state)) return;
        await redis.set(cancelKey(id), '1', 'EX', limits.keepSeconds);
        // One that runs, or has just begun to, is locked: its worker sees the mark.
        await queue.remove(id).catch(() => {});
      });
    },
    async forget(id) {
      await askRedis(async (redis) => {
        const state = await queue.getJobState(id);
        if (state === 'active' || WAITING.includes(state)) return;
        await queue.remove(id);
        await redis.del(cancelKey(id));
      });
    },
    async age() {
      return askRedis(async (redis) => {
        const id = await nextIn(redis, queue);
        const since = id && (await redis.hget(queue.toKey(id), 'timestamp'));
        return since ? Math.max(0, (Date.now() - Number(since)) / 1000) : 0;
      });
    },
    load: async () => ({ ...(await counts()), limit: limits.waiting }),
    ...worker,
    async close() {
      await worker.handBack();
      // BullMQ waits without an end for a connection that is just being made.
      const ends = [events?.close(), queue.close()].map((end) => Promise.race([end, delay(PATIENCE_MS)]));
      await Promise.allSettled(ends);
    },
  };
}

const sharedData = (data: unknown, pixels: number): SharedData => ({
  data,
  client: currentClient(),
  pixels: Number.isFinite(pixels) ? pixels : null,
});

const progressOf = (job: SharedJob | undefined) =>
  typeof job?.progress === 'object' ? (job.progress as JobProgress).progress : 0;

function done({ returnvalue }: SharedJob): JobSnapshot<unknown> {
  const result = returnvalue == null ? {} : { result: returnvalue };
  return { state: 'SUCCESS', progress: 1, queuePosition: 0, ...result };
}

function revoked(job: SharedJob | undefined): JobSnapshot<unknown> {
  return { state: 'REVOKED', progress: progressOf(job), queuePosition: 0 };
}

function failed(job: SharedJob): JobSnapshot<unknown> {
  const error = errorOf(job.failedReason);
  if (error.code === 'cancelled') return revoked(job);
  return { state: 'FAILURE', progress: progressOf(job), queuePosition: 0, error };
}
