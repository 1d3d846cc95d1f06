import { request as rawRequest } from 'node:http';
import { type APIRequestContext, type APIResponse, expect, test } from '@playwright/test';
import { Analysis, analysisPaths, TERMS_COOKIE, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Problem } from '@/lib/contracts/problem';
import { PART_BYTES } from '@/lib/contracts/upload';
import { countTissue, drawTissue } from './drawn-pictures';

const TERMS = { [TERMS_HEADER]: TERMS_VERSION };

async function analysisOf(response: APIResponse): Promise<Analysis> {
  expect(response.ok(), (await response.text()).slice(0, 400)).toBe(true);
  return Analysis.parse(await response.json());
}

const problemOf = async (response: APIResponse) => Problem.parse(await response.json());

async function send(request: APIRequestContext, bytes: Buffer): Promise<Analysis> {
  const data = { bytes: bytes.length, type: 'image/png' };
  const created = await analysisOf(await request.post(analysisPaths.create, { headers: TERMS, data }));
  for (const part of created.upload!.missing) {
    const body = bytes.subarray(part.offset, part.offset + part.bytes);
    expect((await request.put(part.url, { headers: part.headers, data: body })).status()).toBe(200);
  }
  return created;
}

async function until(request: APIRequestContext, id: string, state: string): Promise<Analysis> {
  for (;;) {
    const analysis = await analysisOf(await request.get(analysisPaths.one(id)));
    if (analysis.state === state) return analysis;
    expect(['queued', 'running']).toContain(analysis.state);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('an image goes up in parts, is analysed, scored anew, rated and deleted', async ({ request }) => {
  // Bytes after the end of a PNG are not part of the picture. They make this file two parts long.
  const bytes = Buffer.alloc(PART_BYTES + 1000);
  (await drawTissue(280, 200)).copy(bytes);
  const { id } = await send(request, bytes);
  const ready = await analysisOf(await request.post(analysisPaths.verify(id)));
  expect(ready).toMatchObject({ state: 'ready', source: { width: 280, height: 200, microns_per_pixel: null } });
  const thumbnail = await request.get(ready.source!.thumbnail.url);
  expect(thumbnail.headers()).toMatchObject({
    'content-type': 'image/webp',
    'cache-control': 'no-store, no-transform',
  });

  const started = await request.post(analysisPaths.start(id), { data: { resolution: '40x' } });
  expect(started.status()).toBe(202);
  const done = await until(request, id, 'done');
  expect(done.result?.scoring).toMatchObject(countTissue(280, 200));
  for (const { url } of Object.values(done.result!.pictures)) {
    const picture = await request.get(url);
    expect(picture.headers()['content-type']).toBe('image/png');
    expect((await picture.body()).subarray(1, 4).toString()).toBe('PNG');
  }

  const data = { size_thresh: 100_000, regions: [], corrections: [] };
  const updated = await analysisOf(await request.put(analysisPaths.scoring(id), { data }));
  expect(updated.result).toMatchObject({ revision: 2, scoring: { num_total: 0, size_thresh: 100_000 } });
  const rated = await analysisOf(await request.put(analysisPaths.feedback(id), { data: { rating: 5 } }));
  expect(rated.feedback).toEqual({ rating: 5, note: '' });

  expect((await request.delete(analysisPaths.one(id))).status()).toBe(204);
  expect((await request.get(done.result!.pictures.Seg!.url)).status()).toBe(404);
  expect(await problemOf(await request.get(analysisPaths.one(id)))).toMatchObject({ code: 'analysis_not_found' });
});

test('an upload needs accepted terms, by header or cookie', async ({ request }) => {
  const data = { bytes: 10 };
  const refused = await request.post(analysisPaths.create, { data });
  expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'terms_not_accepted' });
  const headers = { Cookie: `${TERMS_COOKIE}=${TERMS_VERSION}` };
  expect((await request.post(analysisPaths.create, { headers, data })).status()).toBe(201);
});

test('a link is for one object, one verb, one length and one type', async ({ request }) => {
  const data = { bytes: 5, type: 'image/png' };
  const created = await analysisOf(await request.post(analysisPaths.create, { headers: TERMS, data }));
  const [{ url, headers }] = created.upload!.missing as [NonNullable<typeof created.upload>['missing'][0]];
  const refused = async (response: APIResponse) => expect(response.status()).toBe(403);
  await refused(await request.get(url));
  await refused(await request.put(url, { headers, data: Buffer.from('123456') }));
  await refused(await request.put(url, { headers, data: Buffer.from('1234') }));
  await refused(await request.put(url, { headers: { 'Content-Type': 'text/html' }, data: Buffer.from('12345') }));
  await refused(await request.put(url.replace('/upload/1', '/upload/2'), { headers, data: Buffer.from('12345') }));
  await refused(await request.put(url.replace('/upload/1', '/record.json'), { headers, data: Buffer.from('12345') }));
  await refused(await request.put(url.replace(/bytes=5/, 'bytes=6'), { headers, data: Buffer.from('123456') }));
  await refused(await request.put(url.replace(/expires=\d/, 'expires=9'), { headers, data: Buffer.from('12345') }));
  expect((await request.delete(url)).status()).toBe(405);
  expect((await request.put(url, { headers, data: Buffer.from('12345') })).status()).toBe(200);
});

/** Sends the path unchanged. A client library would normalise it. */
function rawGet(origin: string, path: string): Promise<{ status: number; headers: string; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const request = rawRequest({ hostname, port, path, method: 'GET' }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1');
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.rawHeaders.join('\n'), body }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

for (const path of [
  '/api/storage/../../package.json',
  '/api/storage/..%2f..%2fpackage.json',
  '/api/storage/%2e%2e/%2e%2e/package.json',
  '/api/storage/analyses/%2e%2e%2f%2e%2e%2fsecret',
  '/api/storage//etc/passwd',
  '/api/storage/secret',
  '/api/storage/analyses/%00',
  '/api/storage/analyses/%0d%0aX-Evil:%201',
  '/api/storage/analyses/',
  '/api/analyses/..%2f..%2fsecret',
  '/api/analyses/%0d%0aX-Evil:%201',
  '/api/analyses/%ff',
])
  test(`nothing is to be had at ${path}`, async ({ baseURL }) => {
    const { status, headers, body } = await rawGet(baseURL as string, path);
    expect([308, 400, 403, 404]).toContain(status);
    expect(headers).not.toMatch(/^X-Evil/im);
    expect(body).not.toMatch(/root:|"dependencies"/);
  });

test('what a file claims to be and to be called goes nowhere', async ({ request }) => {
  const html = Buffer.from('<html><script>alert(1)</script>'.padEnd(300));
  const created = await send(request, html);
  const refused = await request.post(analysisPaths.verify(created.id));
  expect(await problemOf(refused)).toMatchObject({ status: 415, code: 'unreadable_image' });
  expect(refused.headers()['content-type']).toBe('application/problem+json');
  for (const type of ['image/png\r\nX-Evil: 1', 'text/html; charset=x', '../../etc'])
    expect((await request.post(analysisPaths.create, { headers: TERMS, data: { bytes: 5, type } })).status()).toBe(400);
});

test('a body of another site’s form is not taken', async ({ request }) => {
  const headers = { ...TERMS, 'Content-Type': 'text/plain' };
  const response = await request.post(analysisPaths.create, { headers, data: '{"bytes":5}' });
  expect(await problemOf(response)).toMatchObject({ code: 'malformed_request' });
});
