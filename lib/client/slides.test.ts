import { afterEach, expect, it, vi } from 'vitest';
import type { Slide } from '@/lib/contracts/slide';
import { rangeReader } from './slides';

const slide: Slide = {
  id: 'a'.repeat(22),
  view_id: 'b'.repeat(22),
  may_edit: true,
  state: 'ready',
  sample: null,
  created_at: '2026-11-29T12:00:00.000Z',
  expires_at: '2026-11-30T12:00:00.000Z',
  latest_expiry: '2026-12-29T12:00:00.000Z',
  urls_expire_at: '2026-11-29T12:15:00.000Z',
  choices: null,
  can_retry: false,
  slide: null,
  scoring: null,
  thumbnail: null,
  pyramid: { url: 'https://storage/old', bytes: 100 },
};

/** A storage whose first address has expired, and a server that knows the next one. */
function serve(answerOf: (url: string, range: string) => Response) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    asked.push(url);
    if (url.startsWith('/api/'))
      return Response.json({ ...slide, pyramid: { url: 'https://storage/new', bytes: 100 } });
    return answerOf(url, new Headers(init?.headers).get('range') ?? '');
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it('reads a range', async () => {
  const ranges: string[] = [];
  serve((_, range) => {
    ranges.push(range);
    return new Response('abcde', { status: 206 });
  });
  expect((await rangeReader(slide)(10, 5)).byteLength).toBe(5);
  expect(ranges).toEqual(['bytes=10-14']);
});

it('asks for a new address when the old one has expired, once for all who wait', async () => {
  const asked = serve((url) =>
    url.endsWith('/old') ? new Response('', { status: 403 }) : new Response('ab', { status: 206 }),
  );
  const read = rangeReader(slide);
  await Promise.all([read(0, 2), read(5, 2), read(9, 2)]);
  expect(asked.filter((url) => url.startsWith('/api/slides/'))).toHaveLength(1);
  await read(20, 2);
  expect(asked.at(-1)).toBe('https://storage/new');
});

it('refuses a server that ignores ranges, and does not read what it sends', async () => {
  let isCancelled = false;
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
      cancel: () => {
        isCancelled = true;
      },
    });
  serve(() => new Response(endless(), { status: 200 }));
  await expect(rangeReader(slide)(0, 5)).rejects.toMatchObject({
    code: 'storage_unavailable',
    detail: expect.stringContaining('ignores ranges'),
  });
  expect(isCancelled).toBe(true);
});

it.each([
  ['fewer bytes than were asked for', () => new Response('abc', { status: 206 }), 'Of 5 bytes of the slide 3 came'],
  ['an error', () => new Response('', { status: 500 }), 'answered 500'],
])('says what was wrong with %s', async (_, answer, words) => {
  serve(answer);
  await expect(rangeReader(slide)(0, 5)).rejects.toThrow(words);
});
