import { afterEach, expect, it, vi } from 'vitest';
import { downloadFile } from './download-file';

afterEach(() => vi.unstubAllGlobals());

/** A server whose answer has these pieces, and then ends, or breaks. */
function serve(pieces: readonly string[], { status = 200, breaks = false } = {}) {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const [piece, ...rest] = pieces;
      pieces = rest;
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
      else if (breaks) controller.error(new TypeError('network error'));
      else controller.close();
    },
  });
  vi.stubGlobal('fetch', async () => new Response(body, { status, headers: { 'Content-Type': 'application/gzip' } }));
}
const options = () => ({ signal: new AbortController().signal, onBytes: vi.fn() });

it('gives the whole file, and tells how much of it has come', async () => {
  serve(['abc', 'de', 'fghi']);
  const { onBytes, ...rest } = options();
  const file = await downloadFile('/file', { ...rest, onBytes });
  expect([await file.text(), file.type]).toEqual(['abcdefghi', 'application/gzip']);
  expect(onBytes.mock.calls.map(([bytes]) => bytes)).toEqual([3, 5, 9]);
});

it('gives no part of a file for the whole', async () => {
  serve(['abc'], { breaks: true });
  await expect(downloadFile('/file', options())).rejects.toMatchObject({
    code: 'unreachable',
    detail: expect.stringContaining('broke while the file was sent'),
  });
});

it('passes on why the server refuses', async () => {
  const problem = { type: 'about:blank', title: 'Wrong state', status: 409, code: 'wrong_state', instance: 'x' };
  serve([JSON.stringify({ ...problem, detail: 'Nothing is scored yet.' })], { status: 409 });
  await expect(downloadFile('/file', options())).rejects.toMatchObject({
    code: 'wrong_state',
    detail: 'Nothing is scored yet.',
  });
});

it('ends with the reason of whoever stops it', async () => {
  serve(['abc'], { breaks: true });
  const abort = new AbortController();
  abort.abort(new Error('not wanted'));
  await expect(downloadFile('/file', { signal: abort.signal, onBytes: () => {} })).rejects.toThrow('not wanted');
});
