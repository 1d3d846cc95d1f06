import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InferResult } from '@/lib/contracts/infer';
import type { Problem } from '@/lib/contracts/problem';
import type { TaskStatus } from '@/lib/contracts/task';
import { cancelTask, pollTask } from './api';

const RESULT: InferResult = {
  images: { SegRefined: 'aGk=' },
  provenance: {
    model: 'm@1.0.0',
    model_sha256: 'ab',
    software: '1',
    provider: 'cpu',
    microns_per_pixel: 0.5,
    microns_per_pixel_source: 'default',
    algorithm: 'watershed',
  },
  warnings: [],
};
const status = (state: TaskStatus['state'], more: Partial<TaskStatus> = {}): TaskStatus => ({
  state,
  progress: 0,
  queue_position: 0,
  ...more,
});
const problem = (code: Problem['code'], httpStatus: number): Problem => ({
  type: `/api-docs#${code}`,
  title: '',
  status: httpStatus,
  detail: `why ${code}`,
  instance: 'id',
  code,
});

/** A server that gives these answers in turn; `null` is a connection that fails. */
function answer(...answers: (Response | object | null)[]) {
  const calls = vi.fn(async (_url: string, _init?: RequestInit) => {
    const next = answers.shift();
    if (next === null) throw new TypeError('fetch failed');
    return next instanceof Response ? next : Response.json(next);
  });
  vi.stubGlobal('fetch', calls);
  return calls;
}

beforeEach(() => void vi.useFakeTimers().setTimerTickMode('nextTimerAsync'));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('pollTask', () => {
  it('tells each state, and gives the result', async () => {
    answer(status('PENDING', { queue_position: 2 }), status('STARTED'), status('SUCCESS', { result: RESULT }));
    const seen: string[] = [];
    expect(await pollTask('t', { onUpdate: ({ state }) => seen.push(state) })).toEqual(RESULT);
    expect(seen).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
  });

  it('throws the failure of the task by its code', async () => {
    answer(status('FAILURE', { error: problem('unreadable_image', 415) }));
    await expect(pollTask('t')).rejects.toMatchObject({ code: 'unreadable_image', detail: 'why unreadable_image' });
    answer(status('REVOKED'));
    await expect(pollTask('t')).rejects.toMatchObject({ code: 'cancelled' });
    answer(Response.json(problem('task_not_found', 404), { status: 404 }));
    await expect(pollTask('t')).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it('bears a server that is away for a while, and a proxy’s own error page', async () => {
    const limited = Response.json(problem('rate_limited', 429), { status: 429, headers: { 'Retry-After': '1' } });
    const proxy = new Response('<html>502</html>', { status: 502 });
    answer(null, proxy, limited, status('SUCCESS', { result: RESULT }));
    expect(await pollTask('t')).toEqual(RESULT);
  });

  it('gives up on a server that stays away', async () => {
    const calls = answer(...Array<null>(20).fill(null));
    await expect(pollTask('t')).rejects.toMatchObject({ code: 'unreachable' });
    expect(calls.mock.calls.length).toBeLessThan(12);
  });

  it('stops at once when aborted', async () => {
    answer(status('STARTED'), status('STARTED'));
    const stop = new AbortController();
    const waiting = pollTask('t', { signal: stop.signal, onUpdate: () => stop.abort(new Error('enough')) });
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('cancelTask', () => {
  it('takes a task that is forgotten for cancelled', async () => {
    const calls = answer(Response.json(problem('task_not_found', 404), { status: 404 }));
    await cancelTask('t');
    expect(calls.mock.calls[0]).toMatchObject(['/api/batch/infer/t', { method: 'DELETE' }]);
  });
});
