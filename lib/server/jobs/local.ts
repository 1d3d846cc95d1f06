import 'server-only';
import { AsyncResource } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { AppError, ERRORS } from '@/lib/errors';
import type { Env } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { toAppError } from '@/lib/server/to-app-error';
import type { Job, JobProgress, JobQueue, JobSnapshot } from './queue';

type Entry<Result> = {
  id: string;
  job: Job<Result>;
  abort: AbortController;
  state: JobSnapshot<Result>['state'];
  latest: JobProgress | null;
  result?: Result;
  bytes: number;
  error?: AppError;
  ended: Promise<void>;
  end: () => void;
};

export type LocalQueueLimits = Pick<
  Env['jobs'],
  'waiting' | 'concurrentImages' | 'concurrentPixels' | 'keepSeconds' | 'keepBytes'
>;

const MAX_RETRY_SECONDS = 60;
/** What a job is thought to take before any has ended. */
const FIRST_GUESS_SECONDS = 10;

/**
 * A queue in this process. Jobs start in the order they came, as many at once as their pixels allow; one larger than
 * the whole allowance runs alone. Nothing is written anywhere.
 */
export function createLocalQueue<Result>(limits: LocalQueueLimits): JobQueue<Result> {
  const entries = new Map<string, Entry<Result>>();
  const waiting: Entry<Result>[] = [];
  const running = new Set<Entry<Result>>();
  /** Oldest first. */
  const kept = new Set<Entry<Result>>();
  let typicalSeconds = FIRST_GUESS_SECONDS;

  function submit(job: Job<Result>): string {
    const startsAtOnce = waiting.length === 0 && canStart(job);
    if (waiting.length >= limits.waiting && !startsAtOnce) {
      job.dispose();
      const seconds = Math.min(MAX_RETRY_SECONDS, Math.ceil(typicalSeconds));
      throw new AppError(
        'queue_full',
        `${waiting.length} analyses wait already, as many as may; try again in ${seconds} s.`,
        {
          retryAfterSeconds: seconds,
        },
      );
    }
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const id = randomBytes(16).toString('base64url');
    const entry: Entry<Result> = {
      id,
      // Started by the end of another: the work is still for the client that it was submitted for.
      job: { ...job, run: AsyncResource.bind(job.run) },
      abort: new AbortController(),
      state: 'PENDING',
      latest: null,
      bytes: 0,
      ended,
      end,
    };
    entries.set(id, entry);
    waiting.push(entry);
    startWaiting();
    return id;
  }

  function canStart(job: Job<Result>): boolean {
    if (running.size === 0) return true;
    const pixels = [...running].reduce((sum, entry) => sum + entry.job.pixels, job.pixels);
    return running.size < limits.concurrentImages && pixels <= limits.concurrentPixels;
  }

  function startWaiting(): void {
    // In order of arrival: were smaller ones let past, a large one might wait for ever.
    while (waiting[0] !== undefined && canStart(waiting[0].job)) void start(waiting.shift() as Entry<Result>);
  }

  async function start(entry: Entry<Result>): Promise<void> {
    running.add(entry);
    entry.state = 'STARTED';
    const started = performance.now();
    try {
      const result = await entry.job.run({
        signal: entry.abort.signal,
        report: (latest) => {
          entry.latest = { ...latest, progress: Math.max(latest.progress, entry.latest?.progress ?? 0) };
        },
      });
      typicalSeconds = (3 * typicalSeconds + (performance.now() - started) / 1000) / 4;
      if (!entry.abort.signal.aborted) keep(entry, result);
    } catch (error) {
      if (!entry.abort.signal.aborted) fail(entry, error);
    } finally {
      running.delete(entry);
      settle(entry);
      startWaiting();
    }
  }

  function fail(entry: Entry<Result>, error: unknown): void {
    entry.state = 'FAILURE';
    entry.error = toAppError(error);
    if (ERRORS[entry.error.code].status >= 500) getLog().error({ err: error }, 'job failed');
  }

  function keep(entry: Entry<Result>, result: Result): void {
    entry.state = 'SUCCESS';
    entry.result = result;
    entry.bytes = entry.job.bytesOf(result);
    kept.add(entry);
    let bytes = [...kept].reduce((sum, other) => sum + other.bytes, 0);
    for (const oldest of kept) {
      // The newest stays, whatever its size: somebody is about to read it.
      if (bytes <= limits.keepBytes || oldest === entry) break;
      bytes -= oldest.bytes;
      delete oldest.result;
      kept.delete(oldest);
      getLog().warn({ bytes: oldest.bytes, limit: limits.keepBytes }, 'result dropped early to make room');
    }
  }

  /** The end of a job, reached once on every way. */
  function settle(entry: Entry<Result>): void {
    entry.job.dispose();
    entry.end();
    // The timer must hold the id alone: a result that is forgotten earlier would otherwise stay until it fires.
    const { id } = entry;
    setTimeout(forget, limits.keepSeconds * 1000, id).unref();
  }

  function snapshot(entry: Entry<Result>): JobSnapshot<Result> {
    const { state, latest, result, error } = entry;
    return {
      state,
      progress: state === 'SUCCESS' ? 1 : (latest?.progress ?? 0),
      queuePosition: Math.max(0, waiting.indexOf(entry)),
      ...(state === 'STARTED' && latest),
      ...(result !== undefined && { result }),
      ...(error !== undefined && { error }),
    };
  }

  function forget(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined || entry.state === 'PENDING' || running.has(entry)) return;
    entries.delete(id);
    kept.delete(entry);
  }

  return {
    submit,
    forget,
    get(id) {
      const entry = entries.get(id);
      return entry && snapshot(entry);
    },
    async ended(id) {
      const entry = entries.get(id);
      if (entry === undefined) throw new AppError('task_not_found', 'There is no such task, or it is forgotten.');
      await entry.ended;
      return snapshot(entry);
    },
    cancel(id) {
      const entry = entries.get(id);
      if (entry === undefined || (entry.state !== 'PENDING' && entry.state !== 'STARTED')) return;
      const place = waiting.indexOf(entry);
      entry.state = 'REVOKED';
      entry.abort.abort(new AppError('cancelled', 'The analysis was cancelled.'));
      if (place < 0) return; // Running: its slot is free once it has truly stopped.
      waiting.splice(place, 1);
      settle(entry);
      startWaiting();
    },
    load: () => ({ waiting: waiting.length, running: running.size, limit: limits.waiting }),
  };
}
