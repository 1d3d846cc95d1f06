import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, vi } from 'vitest';
import { POST as cancel } from '@/app/api/analyses/[id]/cancel/route';
import { DELETE as deleteDraft, PUT as saveDraft } from '@/app/api/analyses/[id]/draft/route';
import { GET as exportFile } from '@/app/api/analyses/[id]/exports/[name]/route';
import { PUT as feedback } from '@/app/api/analyses/[id]/feedback/route';
import { GET as magnification } from '@/app/api/analyses/[id]/magnification/route';
import { POST as retry } from '@/app/api/analyses/[id]/retry/route';
import { GET as read, DELETE as remove } from '@/app/api/analyses/[id]/route';
import { PUT as score } from '@/app/api/analyses/[id]/scoring/route';
import { PUT as show } from '@/app/api/analyses/[id]/shown/route';
import { POST as start } from '@/app/api/analyses/[id]/start/route';
import { GET as thumbnail } from '@/app/api/analyses/[id]/thumbnail/route';
import { GET as upload } from '@/app/api/analyses/[id]/upload/route';
import { POST as verify } from '@/app/api/analyses/[id]/verify/route';
import { POST as create } from '@/app/api/analyses/route';
import { GET as getObject, PUT as putObject } from '@/app/api/storage/[...key]/route';
import { Analysis, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { Problem } from '@/lib/contracts/problem';
import type { Raster } from '@/lib/imaging/raster';
import { startEngine, stopEngine } from '@/lib/server/inference/engine';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { getStorage } from '@/lib/server/storage';
import { resetEnvForTests } from '@/lib/server/env';
import { keysOf } from '@/lib/server/analyses/record';

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;
type Init = { body?: unknown; headers?: Record<string, string> };

/** A server for tests: the real routes, engine and storage, without HTTP between. */
export async function startSite(variables: Record<string, string> = {}): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'restain-analyses-'));
  const settings = {
    STORAGE_DIR: directory,
    MODELS_DIR: 'workers/__fixtures__/models',
    LOG_LEVEL: 'silent',
    REQUESTS_PER_MINUTE: '10000',
    ...variables,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  resetEnvForTests();
  forgetProcessWide('storage');
  await startEngine();
  return async () => {
    await getSharedSlides().closeAll();
    await stopEngine();
    await rm(directory, { recursive: true });
  };
}

/** The same for the tests of a file, from the first to the last. */
export function runSite(variables: Record<string, string> = {}): void {
  let stop = async () => {};
  beforeAll(async () => {
    stop = await startSite(variables);
  });
  afterAll(() => stop());
}

export const toPng = ({ data, width, height }: Raster) =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .withExif({ IFD0: { ImageDescription: 'Jane Doe 1970-01-01' } })
    .toBuffer();

function call(handler: unknown, method: string, params: object, { body, headers }: Init = {}): Promise<Response> {
  const request = new Request('http://localhost/', {
    method,
    headers: { 'Content-Type': 'application/json', [TERMS_HEADER]: TERMS_VERSION, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (handler as Handler)(request, { params: Promise.resolve(params as never) });
}

/** The endpoints. */
export const api = {
  create: (body: unknown, headers?: Record<string, string>) =>
    call(create, 'POST', {}, { body, ...(headers && { headers }) }),
  read: (id: string) => call(read, 'GET', { id }),
  remove: (id: string) => call(remove, 'DELETE', { id }),
  thumbnail: (id: string) => call(thumbnail, 'GET', { id }),
  upload: (id: string) => call(upload, 'GET', { id }),
  verify: (id: string) => call(verify, 'POST', { id }),
  magnification: (id: string) => call(magnification, 'GET', { id }),
  show: (id: string, body: unknown) => call(show, 'PUT', { id }, { body }),
  start: (id: string, body: unknown, headers?: Record<string, string>) =>
    call(start, 'POST', { id }, { body, ...(headers && { headers }) }),
  cancel: (id: string) => call(cancel, 'POST', { id }),
  retry: (id: string) => call(retry, 'POST', { id }),
  score: (id: string, body: unknown) => call(score, 'PUT', { id }, { body }),
  saveDraft: (id: string, body: unknown) => call(saveDraft, 'PUT', { id }, { body }),
  deleteDraft: (id: string) => call(deleteDraft, 'DELETE', { id }),
  feedback: (id: string, body: unknown) => call(feedback, 'PUT', { id }, { body }),
  exportFile: (id: string, name: string, query = '', method = 'GET') => {
    const request = new Request(`http://localhost/?${query}`, { method });
    return (exportFile as unknown as Handler)(request, { params: Promise.resolve({ id, name } as never) });
  },
};

export async function analysisOf(response: Response | Promise<Response>): Promise<Analysis> {
  const answer = await response;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return Analysis.parse(await answer.json());
}
export const problemOf = async (response: Response | Promise<Response>) => Problem.parse(await (await response).json());

/** Follows a link: of the local storage by its route, of a bucket by its server. */
export async function follow(url: string, init: RequestInit = {}): Promise<Response> {
  if (!url.startsWith('/')) return fetch(url, init);
  const absolute = new URL(url, 'http://localhost');
  const key = absolute.pathname.split('/').slice(3);
  const handler = (init.method === 'PUT' ? putObject : getObject) as unknown as Handler;
  const request = new Request(absolute, { ...init, duplex: 'half' } as RequestInit);
  return handler(request, { params: Promise.resolve({ key } as never) });
}

export async function sendParts(bytes: Buffer, { upload }: Analysis): Promise<void> {
  for (const { url, headers, offset, bytes: length } of upload?.missing ?? []) {
    const body = bytes.subarray(offset, offset + length) as unknown as BodyInit;
    const answer = await follow(url, { method: 'PUT', body, headers });
    if (answer.status !== 200) throw new Error(`part refused: ${answer.status} ${await answer.text()}`);
  }
}

export async function send(bytes: Buffer, type = 'image/png'): Promise<Analysis> {
  const created = await analysisOf(api.create({ bytes: bytes.byteLength, type }));
  await sendParts(bytes, created);
  return created;
}

export async function sendAndVerify(bytes: Buffer): Promise<string> {
  const { id } = await send(bytes);
  await analysisOf(api.verify(id));
  return id;
}

/** Waits for one of these states; what fails instead, fails here. */
export async function until(id: string, ...states: string[]): Promise<Analysis> {
  for (;;) {
    const response = await api.read(id);
    if (response.status === 200) {
      const analysis = await analysisOf(response);
      if (states.includes(analysis.state)) return analysis;
      if (['done', 'failed', 'cancelled'].includes(analysis.state))
        throw new Error(`${analysis.state}: ${JSON.stringify(analysis.problem)}`);
    } else if (response.status !== 503) throw new Error(await response.text());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function keysUnder(id: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of getStorage().list(keysOf(id).folder)) keys.push(key);
  return keys;
}

export const pixelsAt = async (url: string) =>
  sharp(Buffer.from(await (await follow(url)).arrayBuffer()))
    .raw()
    .toBuffer();
