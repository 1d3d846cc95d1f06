import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CreateAnalysis, ScoringParameters, StartAnalysis } from '@/lib/contracts/analysis';
import { resetEnvForTests } from '@/lib/server/env';
import { heldBytes } from './byte-lease';
import { readJsonBody } from './json-body';

beforeEach(() => vi.stubEnv('LOG_LEVEL', 'silent'));
afterEach(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

const post = (body: unknown) =>
  new Request('http://server/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

it.each([
  [CreateAnalysis, { bytes: 1, colour: 'red' }, '/colour', 'the known ones are bytes, type, sample'],
  [CreateAnalysis, { sample: 'ki67-low', bytes: 1 }, null, ''],
  [
    StartAnalysis,
    { magnification: '40x' },
    '/magnification',
    'the known ones are resolution, microns_per_pixel, model',
  ],
  [ScoringParameters, { thresh: 1 }, '/thresh', 'the known ones are algorithm, prob_thresh'],
] as const)('says which fields there are', async (schema, body, pointer, known) => {
  const error = await readJsonBody(post(body), schema).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'invalid_option' });
  if (pointer === null) return;
  const field = (error as { fields: { pointer: string; detail: string }[] }).fields.find((f) => f.pointer === pointer);
  expect(field?.detail).toContain(known);
});

const ring = (n: number) => Array.from({ length: n }, (_, i) => [i % 1000, (i * 7) % 1000]);
const region = (...rings: unknown[]) => ({
  id: 'a',
  name: '',
  kind: 'include',
  shape: 'freehand',
  enabled: true,
  rings,
});

it('takes regions as large as people draw them, and 255 for 254', async () => {
  const body = { regions: [region(ring(20_000)), region(ring(4), ring(5))], prob_thresh: 255 };
  expect(await readJsonBody(post(body), ScoringParameters)).toEqual({ ...body, prob_thresh: 254 });
});

it.each([
  [
    'more vertices than are counted in',
    Array.from({ length: 25 }, () => region(ring(20_000))),
    /100000 vertices, these have 500000/,
  ],
  ['a ring too long', [region(ring(20_001))], /a ring of 4 to 20000 positions/],
  ['a ring too short', [region(ring(3))], /a ring of 4 to 20000 positions/],
  ['what is no position', [region([...ring(4), [1, 'x']])], /positions \[x, y\]/],
  ['what is no number', [region([...ring(4), [1, null]])], /positions \[x, y\]/],
])('refuses regions with %s at once', async (_, regions, message) => {
  const request = post({ regions });
  const started = performance.now();
  const error = await readJsonBody(request, ScoringParameters).catch((e: unknown) => e);
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(error).toMatchObject({ code: 'invalid_option', detail: expect.stringMatching(message) });
  expect(heldBytes()).toBe(0);
});
