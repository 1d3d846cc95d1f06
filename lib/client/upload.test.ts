import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Upload, UploadPart } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { sendParts } from './send-parts';

/** What becomes of a part that is sent: an HTTP status, a lost connection, or nothing for ever. */
type Fate = number | 'lost' | 'silent';

/** The network and the storage behind it. */
let fateOf: (part: number) => Fate;
let arrived: Map<number, string>;
let sent: number[];

/** Node has no XMLHttpRequest; this one has as much as an upload needs. */
class Request {
  upload = { onprogress: (_: { loaded: number }) => {} };
  status = 0;
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  onloadend = () => {};
  #url = '';
  #isOver = false;
  open(_method: string, url: string) {
    this.#url = url;
  }
  setRequestHeader() {}
  async send(body: Blob) {
    const part = Number(this.#url);
    sent.push(part);
    const text = await body.text();
    this.upload.onprogress({ loaded: body.size / 2 });
    const fate = fateOf(part);
    if (fate === 'silent' || this.#isOver) return;
    if (fate === 'lost') return this.#end(this.onerror);
    this.status = fate;
    if (fate === 200) arrived.set(part, text);
    this.#end(this.onload);
  }
  abort() {
    this.#end(this.onabort);
  }
  #end(tell: () => void) {
    if (this.#isOver) return;
    this.#isOver = true;
    tell();
    this.onloadend();
  }
}

const TEXT = 'aabbccdde';
const file = new Blob([TEXT]);
const part = (n: number): UploadPart => {
  const offset = 2 * (n - 1);
  return { part: n, offset, bytes: Math.min(2, file.size - offset), method: 'PUT', url: `${n}`, headers: {} };
};
const open = (): Upload => ({
  missing: [1, 2, 3, 4, 5].filter((n) => !arrived.has(n)).map(part),
  parts: 5,
  bytes: file.size,
  expires_at: '2026-01-01T00:00:00Z',
});
const refresh = async () => open();
const stored = () => [1, 2, 3, 4, 5].map((n) => arrived.get(n) ?? '').join('');

/** Sends the file, and says after how many seconds that was over and how. */
async function send(options: Partial<Parameters<typeof sendParts>[2]> = {}) {
  const started = Date.now();
  const outcome = sendParts(file, open(), { refresh, ...options }).then(
    () => 'sent' as const,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  const end = await outcome;
  return { end, seconds: (Date.now() - started) / 1000 };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('XMLHttpRequest', Request);
  fateOf = () => 200;
  arrived = new Map();
  sent = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('sendParts', () => {
  it('sends every part to its own link and tells how much is sent', async () => {
    const fractions: number[] = [];
    expect((await send({ onProgress: (fraction) => fractions.push(fraction) })).end).toBe('sent');
    expect(stored()).toBe(TEXT);
    expect(sent).toEqual([1, 2, 3, 4, 5]);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  it('sends what was lost or refused again, and what has arrived not', async () => {
    fateOf = (n) => (sent.filter((other) => other === n).length > 1 ? 200 : n === 2 ? 'lost' : n === 3 ? 403 : 200);
    expect((await send()).end).toBe('sent');
    expect(stored()).toBe(TEXT);
    expect(sent.filter((n) => n === 1)).toHaveLength(1);
    expect(sent.filter((n) => n === 2)).toHaveLength(2);
  });

  it.each([
    ['the server', async (): Promise<Upload> => Promise.reject(new AppError('unreachable', 'gone'))],
    ['the storage', refresh],
  ])('outlives half a minute without %s', async (_, refreshAway) => {
    const end = Date.now() + 25_000;
    const isAway = () => Date.now() < end;
    fateOf = () => (isAway() ? 'lost' : 200);
    const outcome = await send({ refresh: () => (isAway() ? refreshAway() : refresh()) });
    expect(outcome.end).toBe('sent');
    expect(stored()).toBe(TEXT);
    expect(outcome.seconds).toBeLessThan(35);
  });

  it.each([
    ['no part arrives', { refresh }],
    ['nobody answers', { refresh: () => Promise.reject(new AppError('unreachable', 'gone')) }],
  ])('gives up within some minutes when %s', async (_, options) => {
    fateOf = () => 'lost';
    const { end, seconds } = await send(options);
    expect(end).toMatchObject({ code: 'unreachable' });
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(300);
  });

  it('ends at once when the server refuses the upload', async () => {
    fateOf = () => 'lost';
    const { end, seconds } = await send({ refresh: () => Promise.reject(new AppError('analysis_not_found', 'gone')) });
    expect(end).toMatchObject({ code: 'analysis_not_found' });
    expect(seconds).toBe(0);
  });

  it('cuts a connection that stands still, and sends the part again', async () => {
    fateOf = (n) => (n === 1 && sent.filter((other) => other === 1).length === 1 ? 'silent' : 200);
    const { end, seconds } = await send();
    expect(end).toBe('sent');
    expect(stored()).toBe(TEXT);
    expect(seconds).toBeLessThan(60);
  });

  it('stops when it is told to, with the reason', async () => {
    const stop = new AbortController();
    fateOf = () => 'silent';
    setTimeout(() => stop.abort('closed'), 1000);
    expect(await send({ signal: stop.signal })).toEqual({ end: 'closed', seconds: 1 });
  });
});
