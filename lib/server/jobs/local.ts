import 'server-only';
import { randomBytes } from 'node:crypto';
import { AppError, ERRORS } from '@/lib/errors';
import { currentClient, withClient } from '@/lib/server/current-client';
import type { Env } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { toAppError } from '@/lib/server/to-app-error';
import { type JobProgress, jobDefinition } from './define-job';
import { PixelLine, type PixelLineLimits, type PixelPlace } from './pixel-line';
import type { JobQueue, JobSnapshot } from './queue';

export type LocalQueueLimits = PixelLineLimits & Pick<Env['jobs'], 'keepSeconds' | 'keepBytes'>;

type Entry<Result> = {
  id: string;
  name: string;
  /** JSON, as another process would get it. */
  data: string;
  client: string;
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
export function createLocalQueue<Result>(limits: LocalQueueLimits): JobQueue<Result> {
  const line = new PixelLine(limits);
  const entries = new Map<string, Entry<Result>>();
  /** Those whose results are kept, oldest first. */
  const kept = new Set<Entry<Result>>();

  async function start(entry: Entry<Result>): Promise<void> {
    entry.state = 'STARTED';
    let isDone = false;
    try {
      const result = await withClient(entry.client, () => handle(entry));
      isDone = true;
      if (!entry.abort.signal.aborted) keep(entry, result);
    } catch (error) {
      if (!entry.abort.signal.aborted) fail(entry, error);
    } finally {
      settle(entry, { isDone });
    }
  }

  async function handle(entry: Entry<Result>): Promise<Result> {
    const { schema, handler } = jobDefinition(entry.name);
    const result = await handler(schema.parse(JSON.parse(entry.data)), {
      signal: entry.abort.signal,
      report: (latest) => {
        entry.latest = { ...latest, progress: Math.max(latest.progress, entry.latest?.progress ?? 0) };
      },
    });
    return result as Result;
  }

  function fail(entry: Entry<Result>, error: unknown): void {
    entry.state = 'FAILURE';
    entry.error = toAppError(error);
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

  /** Ends a job, however it went. Called once for each. */
  function settle(entry: Entry<Result>, how: { isDone: boolean }): void {
    const { place } = entry;
    entry.place = null;
    // Options may be a megabyte, and a kept result has no use for them.
    entry.data = '';
    entry.end();
    place?.leave(how);
    // The timer holds the id alone: it would keep a result that is forgotten earlier.
    const { id } = entry;
    setTimeout(forget, limits.keepSeconds * 1000, id).unref();
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

  return {
    async submit({ name }, data, size) {
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const entry: Entry<Result> = {
        id: randomBytes(16).toString('base64url'),
        name,
        data: JSON.stringify(data),
        client: currentClient(),
        abort: new AbortController(),
        place: null,
        state: 'PENDING',
        latest: null,
        bytes: 0,
        ended,
        end,
      };
      entry.place = line.join(size, () => void start(entry));
      entries.set(entry.id, entry);
      return entry.id;
    },
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
    async cancel(id) {
      const entry = entries.get(id);
      if (entry === undefined || (entry.state !== 'PENDING' && entry.state !== 'STARTED')) return;
      const isRunning = entry.state === 'STARTED';
      entry.state = 'REVOKED';
      entry.abort.abort(new AppError('cancelled', 'The analysis was cancelled.'));
      // The place of one that runs is free once it has truly stopped.
      if (!isRunning) settle(entry, { isDone: false });
    },
    async forget(id) {
      forget(id);
    },
    load: async () => line.load(),
  };
}
