import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { POST as cancel } from '@/app/api/analyses/[id]/cancel/route';
import { PUT as feedback } from '@/app/api/analyses/[id]/feedback/route';
import { POST as retry } from '@/app/api/analyses/[id]/retry/route';
import { GET as read, DELETE as remove } from '@/app/api/analyses/[id]/route';
import { PUT as score } from '@/app/api/analyses/[id]/scoring/route';
import { POST as start } from '@/app/api/analyses/[id]/start/route';
import { GET as upload } from '@/app/api/analyses/[id]/upload/route';
import { POST as verify } from '@/app/api/analyses/[id]/verify/route';
import { POST as create } from '@/app/api/analyses/route';
import { GET as getObject, PUT as putObject } from '@/app/api/storage/[...key]/route';
import { Analysis, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Problem } from '@/lib/contracts/problem';
import { analyseImage } from '@/lib/server/inference/analyse-image';
import { startEngine, stopEngine } from '@/lib/server/inference/engine';
import { getStorage, resetStorageForTests } from '@/lib/server/storage';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { resetEnvForTests } from '../../env';
import { keysOf } from './record';
import { sweep } from './sweep';

const { image } = drawDiscs(400, 260, 60, 7);
const raw = { raw: { width: image.width, height: image.height, channels: 3 as const } };

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;

let directory: string;
let png: Buffer;
/** What the engine says of the image when nothing is stored. */
let expected: { num_total: number; num_pos: number };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restain-analyses-'));
  vi.stubEnv('STORAGE_DIR', directory);
  vi.stubEnv('MODELS_DIR', 'workers/__fixtures__/models');
  vi.stubEnv('LOG_LEVEL', 'silent');
  vi.stubEnv('REQUESTS_PER_MINUTE', '10000');
  resetEnvForTests();
  resetStorageForTests();
  await startEngine();
  const request = { image, micronsPerPixel: 0.25, scoring: {}, modalities: [], overlay: false, refined: false };
  const { score } = await analyseImage(request, { signal: new AbortController().signal });
  expected = { num_total: score!.total, num_pos: score!.positive };
  png = await sharp(image.data, raw)
    .png()
    .withExif({ IFD0: { ImageDescription: 'Jane Doe 1970-01-01' } })
    .toBuffer();
});
afterAll(async () => {
  await stopEngine();
  await rm(directory, { recursive: true });
});

async function call(
  handler: unknown,
  params: object,
  init: { body?: unknown; method?: string; headers?: object } = {},
) {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = init;
  const request = new Request('http://localhost/', {
    method,
    headers: { 'Content-Type': 'application/json', [TERMS_HEADER]: TERMS_VERSION, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (handler as Handler)(request, { params: Promise.resolve(params as never) });
}

const parsed = async (response: Response) => Analysis.parse(await response.json());
const problem = async (response: Response) => Problem.parse(await response.json());
const ask = async (handler: unknown, id: string, body?: unknown, method?: string) =>
  call(handler, { id }, { ...(body !== undefined && { body }), ...(method && { method }) });
const post = (handler: unknown, id: string) => call(handler, { id }, { method: 'POST' });
const state = async (id: string) => parsed(await ask(read, id));

/** Follows a link of the local storage. */
async function follow(url: string, init: RequestInit = {}): Promise<Response> {
  const absolute = new URL(url, 'http://localhost');
  const key = absolute.pathname.split('/').slice(3);
  const handler = (init.method === 'PUT' ? putObject : getObject) as unknown as Handler;
  return handler(new Request(absolute, { ...init, duplex: 'half' } as RequestInit), {
    params: Promise.resolve({ key } as never),
  });
}

async function send(bytes: Buffer, type = 'image/png') {
  const created = await parsed(await call(create, {}, { body: { bytes: bytes.byteLength, type } }));
  for (const { url, headers, offset, bytes: length } of created.upload!.missing) {
    const body = bytes.subarray(offset, offset + length) as unknown as BodyInit;
    expect((await follow(url, { method: 'PUT', body, headers })).status).toBe(200);
  }
  return created;
}

async function sendAndVerify(bytes = png): Promise<string> {
  const { id } = await send(bytes);
  expect((await post(verify, id)).status).toBe(200);
  return id;
}

async function until(id: string, ...states: string[]) {
  for (;;) {
    const analysis = await state(id);
    if (states.includes(analysis.state)) return analysis;
    if (['done', 'failed', 'cancelled'].includes(analysis.state)) throw new Error(JSON.stringify(analysis.problem));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function keysUnder(id: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of getStorage().list(keysOf(id).folder)) keys.push(key);
  return keys;
}

const pixels = async (url: string) =>
  sharp(Buffer.from(await (await follow(url)).arrayBuffer()))
    .raw()
    .toBuffer();

describe('an analysis of the site', () => {
  it('goes from an upload to numbers, pictures and feedback', async () => {
    const { id } = await send(png);
    expect(await state(id)).toMatchObject({ state: 'uploading', source: null });
    const ready = await parsed(await post(verify, id));
    expect(ready).toMatchObject({ state: 'ready', source: { width: 400, height: 260 } });
    expect(ready.source?.thumbnail).toMatchObject({ width: 400, height: 260 });

    const started = await ask(start, id, { resolution: '40x' });
    expect(started.status).toBe(202);
    const done = await until(id, 'done');
    expect(done.result?.scoring).toMatchObject(expected);
    expect(Object.keys(done.result!.pictures).sort()).toEqual(
      ['DAPI', 'Hema', 'Lap2', 'Marker', 'Original', 'Seg', 'SegOverlaid', 'SegRefined'].sort(),
    );
    expect(done.result?.provenance).toMatchObject({ microns_per_pixel: 0.25, microns_per_pixel_source: 'resolution' });
    expect((await pixels(done.result!.pictures.Original!.url)).equals(Buffer.from(image.data))).toBe(true);

    const rated = await parsed(await ask(feedback, id, { rating: 4, note: 'a few missed' }, 'PUT'));
    expect(rated.feedback).toEqual({ rating: 4, note: 'a few missed' });
  });

  it('keeps nothing of the upload but its pixels', async () => {
    const id = await sendAndVerify();
    expect((await keysUnder(id)).filter((key) => key.includes('/upload/'))).toEqual([]);
    for (const key of await keysUnder(id)) {
      const object = await getStorage().get(key);
      const chunks: Buffer[] = [];
      for await (const chunk of object!.body) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).includes('Jane')).toBe(false);
    }
  });

  it('remakes pictures and numbers from the stored maps, and keeps the parameters', async () => {
    const id = await sendAndVerify();
    await ask(start, id, { resolution: '40x' });
    const first = await until(id, 'done');
    const parameters = { size_thresh: 150, marker_thresh: 'none', prob_thresh: 127 };
    const updated = await parsed(await ask(score, id, parameters, 'PUT'));
    expect(updated.result?.revision).toBe(2);
    expect(updated.scoring).toEqual(parameters);
    expect(updated.result!.scoring.num_total).toBeLessThan(first.result!.scoring.num_total);
    expect(updated.result!.pictures.SegRefined!.url).not.toContain('revisions/1/');

    const back = await parsed(await ask(score, id, { size_thresh: first.result!.scoring.size_thresh }, 'PUT'));
    expect(back.result!.scoring).toEqual(first.result!.scoring);
    expect(
      (await pixels(back.result!.pictures.SegOverlaid!.url)).equals(
        await pixels((await state(id)).result!.pictures.SegOverlaid!.url),
      ),
    ).toBe(true);
  });

  it('gives nothing away to who does not know the id, and is gone at once when deleted', async () => {
    const id = await sendAndVerify();
    const { source } = await state(id);
    expect((await ask(remove, id, undefined, 'DELETE')).status).toBe(204);
    expect(await keysUnder(id)).toEqual([]);
    expect((await follow(source!.url)).status).toBe(404);
    expect(await problem(await ask(read, id))).toMatchObject({ status: 404, code: 'analysis_not_found' });
    expect((await ask(remove, id, undefined, 'DELETE')).status).toBe(204);
  });

  it('leaves no trace when it is deleted while it runs', async () => {
    const id = await sendAndVerify();
    await ask(start, id, { resolution: '10x' });
    await until(id, 'running', 'done');
    await ask(remove, id, undefined, 'DELETE');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await keysUnder(id)).toEqual([]);
  });

  it('can be cancelled, retried, and started anew with another resolution', async () => {
    const id = await sendAndVerify();
    await ask(start, id, { resolution: '10x' });
    const cancelled = await parsed(await post(cancel, id));
    expect(cancelled).toMatchObject({ state: 'cancelled', can_retry: true });
    expect((await post(retry, id)).status).toBe(202);
    expect((await until(id, 'done')).started).toEqual({ resolution: '10x' });
    await ask(start, id, { microns_per_pixel: 0.25 });
    const done = await until(id, 'done');
    expect(done.result?.scoring).toMatchObject(expected);
    expect(
      new Set((await keysUnder(id)).filter((key) => key.includes('/runs/')).map((key) => key.split('/')[3])).size,
    ).toBe(1);
  });

  it('is stopped by another server through the storage alone', async () => {
    const id = await sendAndVerify();
    await ask(start, id, { resolution: '10x' });
    const record = JSON.parse(
      (
        await getStorage()
          .get(keysOf(id).record)
          .then(async (o) => {
            const chunks: Buffer[] = [];
            for await (const chunk of o!.body) chunks.push(chunk as Buffer);
            return Buffer.concat(chunks);
          })
      ).toString(),
    );
    await getStorage().put(keysOf(id).run(record.run.id).cancel, Buffer.from('{}'));
    const ended = await until(id, 'cancelled', 'done');
    expect(['cancelled', 'done']).toContain(ended.state);
  });

  it('is reported failed, with a retry that works, when its server has died', async () => {
    const id = await sendAndVerify();
    await ask(start, id, { resolution: '40x' });
    await until(id, 'done');
    const status = (await keysUnder(id)).find((key) => key.endsWith('status.json'))!;
    const dead = {
      state: 'running',
      beatAt: new Date(Date.now() - 60_000).toISOString(),
      progress: { queue_position: 0, stage: 'inferring', tiles_done: 3, tiles: 9 },
      problem: null,
      canRetry: true,
    };
    await getStorage().put(status, Buffer.from(JSON.stringify(dead)));
    expect(await state(id)).toMatchObject({ state: 'failed', can_retry: true, problem: { code: 'interrupted' } });
    await post(retry, id);
    await until(id, 'done');
  });
});

describe('what is refused', () => {
  it('an upload without accepted terms', async () => {
    const refused = await call(create, {}, { body: { bytes: 10 }, headers: { [TERMS_HEADER]: '' } });
    expect(await problem(refused)).toMatchObject({ status: 403, code: 'terms_not_accepted' });
    const accepted = await call(
      create,
      {},
      { body: { bytes: 10 }, headers: { [TERMS_HEADER]: '', cookie: 'a=b; restain-terms=1' } },
    );
    expect(accepted.status).toBe(201);
  });

  it.each([
    ['nothing', {}],
    ['no bytes', { bytes: 0 }],
    ['a type that is a header', { bytes: 10, type: 'image/png\r\nX-Evil: 1' }],
    ['a sample that is a path', { sample: '../../package' }],
    ['an unknown field', { bytes: 10, name: 'patient.png' }],
  ])('a beginning with %s', async (_, body) => {
    expect(await problem(await call(create, {}, { body }))).toMatchObject({ status: 400, code: 'invalid_option' });
  });

  it('more bytes than the limit, and a sample that is not there', async () => {
    expect(await problem(await call(create, {}, { body: { bytes: 200_000_001 } }))).toMatchObject({
      code: 'upload_too_large',
    });
    expect(await problem(await call(create, {}, { body: { sample: 'no-such' } }))).toMatchObject({ status: 404 });
  });

  it.each(['..', '../../etc', 'x', `${'a'.repeat(21)}/`, '%2e%2e', 'a'.repeat(22)])('the id %j', async (id) => {
    for (const handler of [read, upload]) expect((await ask(handler, id)).status).toBe(404);
    for (const handler of [verify, cancel, retry]) expect((await post(handler, id)).status).toBe(404);
  });

  it('bytes that are not an image, keeping the reason and not the bytes', async () => {
    const { id } = await send(Buffer.from('<svg onload="alert(1)">'.padEnd(500)));
    expect(await problem(await post(verify, id))).toMatchObject({ status: 415, code: 'unreadable_image' });
    expect(await state(id)).toMatchObject({ state: 'failed', can_retry: false, problem: { code: 'unreadable_image' } });
    expect((await keysUnder(id)).map((key) => key.split('/').at(-1))).toEqual(['record.json']);
  });

  it('what lacks a part, is not JSON, comes at the wrong time, or names an unknown model', async () => {
    const created = await parsed(await call(create, {}, { body: { bytes: 9_000_000 } }));
    expect(created.upload?.missing.map(({ bytes }) => bytes)).toEqual([8_388_608, 611_392]);
    expect(await problem(await post(verify, created.id))).toMatchObject({ status: 409, code: 'upload_incomplete' });
    expect(await problem(await ask(start, created.id, {}))).toMatchObject({ status: 409, code: 'wrong_state' });
    expect(await problem(await post(retry, created.id))).toMatchObject({ code: 'wrong_state' });
    expect(await problem(await ask(score, created.id, {}, 'PUT'))).toMatchObject({ code: 'wrong_state' });
    const id = await sendAndVerify();
    expect(await problem(await ask(upload, id))).toMatchObject({ code: 'wrong_state' });
    expect(await problem(await ask(start, id, { model: 'nope' }))).toMatchObject({ code: 'model_not_found' });
    const form = await call(start, { id }, { body: {}, headers: { 'Content-Type': 'text/plain' } });
    expect(await problem(form)).toMatchObject({ code: 'malformed_request' });
  });

  it('a replayed upload: it changes nothing that was verified, and is gone with the next run', async () => {
    const created = await send(png);
    await post(verify, created.id);
    const { url, headers } = created.upload!.missing[0]!;
    await follow(url, { method: 'PUT', body: Buffer.alloc(png.length, 1) as unknown as BodyInit, headers });
    const { source } = await state(created.id);
    expect((await pixels(source!.url)).equals(Buffer.from(image.data))).toBe(true);
    await ask(start, created.id, { resolution: '40x' });
    await until(created.id, 'done');
    expect((await keysUnder(created.id)).filter((key) => key.includes('/upload/'))).toEqual([]);
  });
});

describe('the end of the time', () => {
  it('is the end of an analysis, for who asks and for the sweeper, and of nothing else', async () => {
    const [old, young] = [await sendAndVerify(), await sendAndVerify()];
    const { expires_at } = await state(old);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    const record = keysOf(old).record;
    const text = JSON.stringify({
      id: old,
      createdAt: new Date(0).toISOString(),
      expiresAt: new Date(Date.now() - 1).toISOString(),
      sample: null,
      upload: { bytes: 1, type: 'image/png' },
      source: null,
      refusal: null,
      run: null,
    });
    await getStorage().put(record, Buffer.from(text));
    await sweep();
    expect(await keysUnder(old)).toEqual([]);
    expect((await keysUnder(young)).length).toBe(3);

    const orphan = keysOf('A'.repeat(22)).part(1);
    await getStorage().put(orphan, Buffer.from('x'));
    await sweep();
    expect(
      await getStorage()
        .get(orphan)
        .then((o) => o?.bytes),
    ).toBe(1);
    await sweep(Date.now() + 25 * 3_600_000);
    expect(await keysUnder(young)).toEqual([]);
  });
});

describe('a sample', () => {
  it('goes the way of an upload, without terms', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'restain-samples-'));
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'public', 'samples'), { recursive: true });
    await writeFile(join(folder, 'public', 'samples', 'discs.png'), png);
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const response = await call(create, {}, { body: { sample: 'discs' }, headers: { [TERMS_HEADER]: '' } });
    vi.restoreAllMocks();
    expect(response.status).toBe(201);
    expect(await parsed(response)).toMatchObject({ state: 'ready', sample: 'discs', source: { width: 400 } });
    await rm(folder, { recursive: true });
  });
});
