import { beforeEach, expect, test, vi } from 'vitest';
import { failureWords } from './failure-words';
import { PassingFailure } from './failures';
import { openWorker, serveCalls, type WorkerCall } from './worker-rpc';

type Handler = ((event: { data: unknown }) => void) | null;

/** Stands in for the browser's Worker, in one thread. A message is cloned and arrives later. */
class TwoEnds {
  static last: TwoEnds;
  onmessage: Handler = null;
  onerror: ((event: { preventDefault: () => void; message?: string }) => void) | null = null;
  isEnded = false;
  /** `self` in the worker. */
  readonly inside = {
    onmessage: null as Handler,
    postMessage: (data: unknown, transfer: ArrayBuffer[] = []) => {
      const clone = structuredClone(data, { transfer });
      queueMicrotask(() => this.isEnded || this.onmessage?.({ data: clone }));
    },
  };
  constructor() {
    TwoEnds.last = this;
    vi.stubGlobal('self', this.inside);
  }
  postMessage(data: unknown) {
    const clone = structuredClone(data);
    queueMicrotask(() => this.isEnded || this.inside.onmessage?.({ data: clone }));
  }
  terminate() {
    this.isEnded = true;
  }
}

type Kitchen = {
  bake: WorkerCall<{ loaves: number }, { bread: Uint8Array }, number>;
  rest: WorkerCall<null, void>;
};

const serve = (bake: (news: (share: number) => void, loaves: number) => Uint8Array | Promise<Uint8Array>) =>
  serveCalls<Kitchen>(
    { bake: async ({ loaves }, tell) => ({ bread: await bake(tell, loaves) }), rest: () => new Promise(() => {}) },
    { bake: ({ bread }) => [bread.buffer as ArrayBuffer] },
  );

beforeEach(() => {
  vi.stubGlobal('Worker', TwoEnds);
  return () => void vi.unstubAllGlobals();
});

test('each asker gets its own answer, and the news of its own call before it', async () => {
  const worker = openWorker<Kitchen>('live');
  serve((tell, loaves) => {
    tell(loaves / 10);
    return new Uint8Array(loaves);
  });
  const news: number[] = [];
  const answers = await Promise.all([1, 2].map((loaves) => worker.call('bake', { loaves }, (n) => news.push(n))));
  expect(answers.map(({ bread }) => bread.length)).toEqual([1, 2]);
  expect(news).toEqual([0.1, 0.2]);
});

test('what is handed over is gone in the worker', async () => {
  const bread = new Uint8Array(3);
  const worker = openWorker<Kitchen>('live');
  serve(() => bread);
  expect((await worker.call('bake', { loaves: 1 })).bread.length).toBe(3);
  expect(bread.length).toBe(0);
});

test('a failure crosses as its sentence, and as passing where it was', async () => {
  const worker = openWorker<Kitchen>('live');
  let failure: Error = new PassingFailure('No flour today.');
  serve(() => Promise.reject(failure));
  const passing = await worker.call('bake', { loaves: 1 }).catch((error: unknown) => error);
  expect(passing).toBeInstanceOf(PassingFailure);
  failure = new RangeError('Too many loaves.');
  const lasting = await worker.call('bake', { loaves: 1 }).catch((error: unknown) => error);
  expect(lasting).not.toBeInstanceOf(PassingFailure);
  expect([passing, lasting].map(String)).toEqual(['Error: No flour today.', 'Error: Too many loaves.']);
});

test('an answer that cannot be sent is a failure, and nobody waits for ever', async () => {
  const worker = openWorker<Kitchen>('live');
  serve(() => (() => undefined) as never);
  await expect(worker.call('bake', { loaves: 1 })).rejects.toThrow();
});

test('when the worker ends all who wait learn why, and so does who asks later', async () => {
  const onLoss = vi.fn();
  const worker = openWorker<Kitchen>('live', onLoss, failureWords);
  serve(() => new Uint8Array());
  const waiting = [worker.call('rest', null), worker.call('rest', null)];
  TwoEnds.last.onerror?.({ preventDefault: () => undefined, message: 'thrown' });
  for (const promise of waiting) await expect(promise).rejects.toThrow('A part of this page stopped working.');
  await expect(worker.call('rest', null)).rejects.toThrow('A part of this page stopped working.');
  expect(onLoss).toHaveBeenCalledTimes(1);
});

test('a script that does not come may come later', async () => {
  const worker = openWorker<Kitchen>('live');
  const waiting = worker.call('rest', null);
  TwoEnds.last.onerror?.({ preventDefault: () => undefined });
  await expect(waiting).rejects.toBeInstanceOf(PassingFailure);
});

test('who waits for a worker that is closed learns it, and it is told as no loss', async () => {
  const onLoss = vi.fn();
  const worker = openWorker<Kitchen>('live', onLoss);
  const waiting = worker.call('rest', null);
  worker.close(new Error('closed'));
  await expect(waiting).rejects.toThrow('closed');
  expect([TwoEnds.last.isEnded, onLoss.mock.calls.length]).toEqual([true, 0]);
});
