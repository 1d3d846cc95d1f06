import 'server-only';
import { randomBytes } from 'node:crypto';
import { AppError, ERRORS } from '@/lib/errors';
import { currentClient, withClient } from '@/lib/server/current-client';
import type { Env } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { countError, type MeasuredJob, measureJob } from '@/lib/server/metrics';
import { toAppError } from '@/lib/server/to-app-error';
import { type JobProgress, jobDefinition } from './define-job';
import type { Arrival, PixelLine, PixelPlace } from './pixel-line';
import type { JobQueue, JobSnapshot } from './queue';

export type LocalQueueLimits = Pick<Env['jobs'], 'keepSeconds' | 'keepBytes'>;

type Entry<Result> = {
  id: string;
  name: string;
  mark: string | undefined;
  /** JSON, as another process would get it. */
  data: string;
  /** Whether nothing of it is kept once it has ended. */
  isForgotten: boolean;
  client: string;
  pixels: number;
  /** When it was submitted, on this process's clock. */
  since: number;
  abort: AbortController;
  /** null once the job has ended. */
  place: PixelPlace | null;
  state: JobSnapshot<Result>['state'];
  latest: JobProgress | null;
  result?: Result;
  bytes: number;
  error?: AppError;
  ended: Promise<void>;
  end: () => void;
};

/** A queue in this process, which is gone with it: nothing is written anywhere. */
export function createLocalQueue<Result>(limits: LocalQueueLimits, line: PixelLine): JobQueue<Result> {
  const entries = new Map<string, Entry<Result>>();
  /** Unfinished jobs that were submitted with a mark, by it. */
  const marked = new Map<string, string>();
  /** Those whose results are kept, oldest first. */
  const kept = new Set<Entry<Result>>();

  async function start(entry: Entry<Result>): Promise<void> {
    entry.state = 'STARTED';
    const measured = measureJob(entry.name, entry.pixels);
    let isDone = false;
    try {
      const result = await withClient(entry.client, () => handle(entry, measured));
      isDone = true;
      if (!entry.abort.signal.aborted) keep(entry, result);
    } catch (error) {
      if (!entry.abort.signal.aborted) fail(entry, error);
    } finally {
      // What was cancelled may have come to its end nevertheless; nobody gets what it has made.
      const isCancelled = entry.abort.signal.aborted;
      measured.end(isCancelled ? 'cancelled' : isDone ? 'done' : 'failed');
      settle(entry, { isDone: isDone && !isCancelled });
    }
  }

  async function handle(entry: Entry<Result>, measured: MeasuredJob): Promise<Result> {
    const { schema, handler } = jobDefinition(entry.name);
    const result = await handler(schema.parse(JSON.parse(entry.data)), {
      signal: entry.abort.signal,
      stalls: 0,
      report: (latest) => {
        measured.enter(latest.stage);
        entry.latest = { ...latest, progress: Math.max(latest.progress, entry.latest?.progress ?? 0) };
      },
    });
    return result as Result;
  }

  function fail(entry: Entry<Result>, error: unknown): void {
    entry.state = 'FAILURE';
    entry.error = toAppError(error);
    countError('job', entry.error.code);
    if (ERRORS[entry.error.code].status >= 500) getLog().error({ err: error, job: entry.name }, 'job failed');
  }

  function keep(entry: Entry<Result>, result: Result): void {
    entry.state = 'SUCCESS';
    entry.result = result;
    entry.bytes = jobDefinition(entry.name).bytesOf?.(result) ?? 0;
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

  function unmark({ mark, id }: Entry<Result>): void {
    if (mark !== undefined && marked.get(mark) === id) marked.delete(mark);
  }

  /** Ends a job, however it went. Called once for each. */
  function settle(entry: Entry<Result>, how: { isDone: boolean }): void {
    const { place } = entry;
    entry.place = null;
    unmark(entry);
    // Options may be a megabyte, and a kept result has no use for them.
    entry.data = '';
    entry.end();
    place?.leave(how);
    const { id, isForgotten } = entry;
    if (isForgotten) forget(id);
    // The timer holds the id alone: it would keep a result that is forgotten earlier.
    else setTimeout(forget, limits.keepSeconds * 1000, id).unref();
  }

  function snapshot(entry: Entry<Result>): JobSnapshot<Result> {
    const { state, latest, result, error } = entry;
    return {
      state,
      progress: state === 'SUCCESS' ? 1 : (latest?.progress ?? 0),
      queuePosition: entry.place?.ahead() ?? 0,
      ...(state === 'STARTED' && latest),
      ...(result !== undefined && { result }),
      ...(error !== undefined && { error }),
    };
  }

  function forget(id: string): void {
    const entry = entries.get(id);
    if (entry === undefined || entry.place !== null) return;
    entries.delete(id);
    kept.delete(entry);
  }

  type Wanted = { data: unknown; mark: string | undefined; isForgotten: boolean } & Arrival;

  function add({ name }: { name: string }, { data, mark, isForgotten, ...arrival }: Wanted): string {
    const earlier = mark === undefined ? undefined : marked.get(mark);
    if (earlier !== undefined) return earlier;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const entry: Entry<Result> = {
      // What is submitted with many others is known by its mark alone.
      id: isForgotten && mark !== undefined ? mark : randomBytes(16).toString('base64url'),
      ...{ name, mark, isForgotten },
      data: JSON.stringify(data),
      client: currentClient(),
      pixels: arrival.pixels,
      since: performance.now(),
      abort: new AbortController(),
      place: null,
      state: 'PENDING',
      latest: null,
      bytes: 0,
      ended,
      end,
    };
    entry.place = line.join(arrival, () => void start(entry));
    entries.set(entry.id, entry);
    if (mark !== undefined && entry.place !== null) marked.set(mark, entry.id);
    return entry.id;
  }

  async function cancel(id: string): Promise<void> {
    const entry = entries.get(id);
    if (entry === undefined || (entry.state !== 'PENDING' && entry.state !== 'STARTED')) return;
    const isRunning = entry.state === 'STARTED';
    entry.state = 'REVOKED';
    // What is submitted from now on is work of its own.
    unmark(entry);
    entry.abort.abort(new AppError('cancelled', 'The work was cancelled.'));
    // The place of one that runs is free once it has truly stopped.
    if (!isRunning) settle(entry, { isDone: false });
  }

  return {
    async submit(job, data, { mark, ...arrival }) {
      return add(job, { data, mark, isForgotten: false, ...arrival });
    },
    async submitAll(job, jobs) {
      for (const one of jobs) add(job, { ...one, isForgotten: true, isAdmitted: true });
    },
    async cancelAll(ids) {
      const found = ids.map((id) => entries.get(id)).filter((entry) => entry !== undefined);
      // The last in line first: else each one's end would start the next.
      for (const { id } of found.filter(({ state }) => state === 'PENDING').reverse()) await cancel(id);
      for (const { id } of found) await cancel(id);
      await Promise.all(found.map(({ ended }) => ended));
    },
    isServed: async () => true,
    async assertRoom(pixels) {
      line.assertRoom(pixels);
    },
    async get(id) {
      const entry = entries.get(id);
      return entry && snapshot(entry);
    },
    async ended(id) {
      const entry = entries.get(id);
      if (entry === undefined)
        throw new AppError('task_not_found', 'There is no such task, or its result is no longer kept.');
      await entry.ended;
      return snapshot(entry);
    },
    cancel,
    async forget(id) {
      forget(id);
    },
    load: async () => line.load(),
    async age() {
      let first = Number.POSITIVE_INFINITY;
      for (const { state, since } of entries.values()) if (state === 'PENDING') first = Math.min(first, since);
      return Number.isFinite(first) ? (performance.now() - first) / 1000 : 0;
    },
  };
}
