import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GET, PUT } from '@/app/api/storage/[...key]/route';
import { installVersityGw, VersityGw } from '@/e2e/s3/versitygw';
import { resetEnvForTests } from '@/lib/server/env';
import { watchConnections } from '@/lib/server/http/connections';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { getStorage } from './index';
import { readObject, type Storage } from './storage';

type Provider = {
  storage: Storage;
  /** The base of relative URLs. */
  origin: string;
  stop: () => Promise<void>;
};

async function startLocal(): Promise<Provider> {
  const directory = await mkdtemp(join(tmpdir(), 'restain-storage-'));
  use({ STORAGE_PROVIDER: 'local', STORAGE_DIR: directory });
  const server = await serveRoute();
  const { port } = server.address() as { port: number };
  return {
    storage: getStorage(),
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}

const s3 = await installVersityGw();
if ('missing' in s3) console.warn(`S3 is not tested: ${s3.missing}`);

async function startS3(): Promise<Provider> {
  if ('missing' in s3) throw new Error(s3.missing);
  const server = await VersityGw.start(s3.program);
  use({ ...server.environment, S3_PREFIX: 'restain/' });
  return { storage: getStorage(), origin: server.endpoint, stop: () => server.stop() };
}

function use(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries({ LOG_LEVEL: 'silent', ...variables })) vi.stubEnv(name, value);
  resetEnvForTests();
  forgetProcessWide('storage');
}

/** The storage route on a real port, as Next would call it. */
async function serveRoute(): Promise<Server> {
  watchConnections();
  const server = createServer(async (incoming, outgoing) => {
    const abort = new AbortController();
    outgoing.once('close', () => abort.abort());
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const request = new Request(url, {
      method: incoming.method ?? 'GET',
      headers: incoming.headers as Record<string, string>,
      signal: abort.signal,
      ...(incoming.method === 'PUT' && { body: Readable.toWeb(incoming) as unknown as BodyInit, duplex: 'half' }),
    });
    const key = decodeURIComponent(url.pathname).split('/').slice(3);
    const response = await (incoming.method === 'PUT' ? PUT : GET)(request, { params: Promise.resolve({ key }) });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Another first character than the one it has, which may be any of base64url or of hexadecimal digits. */
const forgeSignature = (url: string) => url.replace(/(?<=ignature=)./, (character) => (character === '0' ? '1' : '0'));

describe.each([
  { name: 'local', start: startLocal, skip: false },
  { name: 's3', start: startS3, skip: 'missing' in s3 },
])('$name storage', ({ start, skip, name }) => {
  if (skip) return it.skip('is not here to be tested', () => undefined);
  let provider: Provider;
  let storage: Storage;
  beforeAll(async () => {
    provider = await start();
    storage = provider.storage;
    await storage.put('owner/open', Buffer.from('{}'));
  });
  afterAll(() => provider.stop());

  const text = async (key: string) => (await readObject(storage, key))?.toString() ?? null;
  const keysUnder = async (prefix: string) => {
    const keys: string[] = [];
    for await (const { key } of storage.list(prefix)) keys.push(key);
    return keys.sort();
  };
  const send = (url: string, init: RequestInit = {}) => fetch(new URL(url, provider.origin), init);
  const grant = { bytes: 5, type: 'image/tiff', seconds: 60, owner: 'owner/open' };
  const sendPart = async (key: string, body: string, change: { type?: string; url?: (url: string) => string } = {}) => {
    const { url, headers } = await storage.presignPut(key, grant);
    const type = change.type ?? headers['Content-Type']!;
    return send(change.url?.(url) ?? url, { method: 'PUT', body, headers: { 'Content-Type': type } });
  };

  it('gives back what was put, and the newest of what was put twice', async () => {
    await storage.put('a/state.json', Buffer.from('old'));
    await storage.put('a/state.json', Buffer.from('new'));
    expect(await text('a/state.json')).toBe('new');
    const object = await storage.get('a/state.json');
    expect(object?.bytes).toBe(3);
    object?.body.destroy();
  });

  it('lets one of many create an object, and leaves it as that one wrote it', async () => {
    const bodies = Array.from({ length: 12 }, (_, i) => Buffer.from(`writer ${i}`));
    const outcomes = await Promise.all(bodies.map((body) => storage.putNew('new/x', body)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await text('new/x')).toBe(`writer ${outcomes.indexOf(true)}`);
    expect(await storage.putNew('new/x', Buffer.from('late'))).toBe(false);
    expect(await text('new/x')).toBe(`writer ${outcomes.indexOf(true)}`);
    await storage.delete('new/');
    expect(await storage.putNew('new/x', Buffer.from('anew'))).toBe(true);
  });

  it('has nothing under a key that was never put, nor under a folder', async () => {
    await storage.put('a/folder/object', Buffer.from('x'));
    expect(await storage.get('a/none')).toBeNull();
    expect(await storage.get('a/folder')).toBeNull();
    expect(await storage.get('a/folder/object/below')).toBeNull();
    expect(await keysUnder('none/')).toEqual([]);
  });

  it('takes a stream of the announced length', async () => {
    await storage.put('a/stream', Readable.from([Buffer.from('he'), Buffer.from('llo')]), 5);
    expect(await text('a/stream')).toBe('hello');
  });

  it('takes a stream that is too long for one request, and tells nothing of it before its end', async () => {
    const chunk = Buffer.alloc(1 << 20, 'slide');
    const size = 70 * chunk.length;
    async function* chunks() {
      for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
      expect(await storage.get('a/long')).toBeNull();
    }
    await storage.put('a/long', Readable.from(chunks()), size);
    expect(await readObject(storage, 'a/long')).toEqual(Buffer.alloc(size, chunk));
    const short = storage.put('a/short', Readable.from([chunk]), size);
    await expect(short).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await storage.get('a/short')).toBeNull();
  });

  it('gives a part of an object, to the server and by a link', async () => {
    await storage.put('a/tiles', Buffer.from('0123456789'));
    const part = await storage.get('a/tiles', { offset: 3, length: 4 });
    expect(part?.bytes).toBe(10);
    expect((await buffer(part?.body ?? Readable.from([]))).toString()).toBe('3456');
    const link = await storage.presignGet('a/tiles', 60);
    for (const [range, body, stated] of [
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
      ['bytes=4-', '456789', 'bytes 4-9/10'],
    ] as const) {
      const answer = await send(link, { headers: { Range: range } });
      expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([206, body, stated]);
    }
    expect((await send(link, { headers: { Range: 'bytes=10-' } })).status).toBe(416);
    expect(await (await send(link)).text()).toBe('0123456789');
  });

  it('lists what lies under a folder, with sizes and times, and nothing beside it', async () => {
    await storage.put('list/1/x', Buffer.from('x'));
    await storage.put('list/1/deep/y', Buffer.from('yy'));
    await storage.put('list/10/z', Buffer.from('z'));
    expect(await keysUnder('list/1/')).toEqual(['list/1/deep/y', 'list/1/x']);
    for await (const { key, bytes, modified } of storage.list('list/1/')) {
      expect(bytes).toBe(key.endsWith('y') ? 2 : 1);
      expect(Math.abs(modified.getTime() - Date.now())).toBeLessThan(60_000);
    }
  });

  it('deletes a folder whole, leaves its neighbours, and does not mind deleting it again', async () => {
    await storage.put('gone/1/x', Buffer.from('x'));
    await storage.put('gone/1/deep/y', Buffer.from('y'));
    await storage.put('gone/10/z', Buffer.from('z'));
    await storage.delete('gone/1/');
    await storage.delete('gone/1/');
    expect(await keysUnder('gone/')).toEqual(['gone/10/z']);
  });

  it.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a\\b',
    'a/b\0',
    'a/%2e%2e/b',
    '',
    'a/',
    '.hidden',
    'a/ü',
  ])('refuses the key %j', async (key) => {
    const refused = { code: 'internal' };
    await expect(storage.put(key, Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(storage.get(key)).rejects.toMatchObject(refused);
    await expect(storage.presignGet(key, 60)).rejects.toMatchObject(refused);
    await expect(storage.presignPut(key, grant)).rejects.toMatchObject(refused);
  });

  it.each(['', '/', '../', 'a', 'a/../', 'a//'])('refuses to delete or list the prefix %j', async (prefix) => {
    await expect(storage.delete(prefix)).rejects.toMatchObject({ code: 'internal' });
    await expect(keysUnder(prefix)).rejects.toMatchObject({ code: 'internal' });
  });

  it('takes a body by a presigned PUT and gives it by a presigned GET', async () => {
    expect((await sendPart('url/part', 'hello')).status).toBe(200);
    expect(await text('url/part')).toBe('hello');
    await storage.put('url/picture.png', Buffer.from('png'));
    const answer = await send(await storage.presignGet('url/picture.png', 60));
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, 'image/png', 'png']);
  });

  it.each([
    ['a longer body', 'hello!', {}],
    ['a shorter body', 'hell', {}],
    ['another media type', 'hello', { type: 'text/html' }],
    ['a forged signature', 'hello', { url: forgeSignature }],
    ['another object', 'hello', { url: (url: string) => url.replace('/refused/part', '/refused/other') }],
    ['a path that climbs', 'hello', { url: (url: string) => url.replace('/refused/part', '/x/%2e%2e%2frefused/part') }],
    ['no signature', 'hello', { url: (url: string) => url.split('?')[0]! }],
  ])('refuses a presigned PUT with %s, and stores nothing', async (_, body, change) => {
    const answer = await sendPart('refused/part', body, change);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await keysUnder('refused/')).toEqual([]);
  });

  it('grants one verb: a PUT link does not read or delete, a GET link does not write', async () => {
    await storage.put('verb/part', Buffer.from('kept'));
    const put = (await storage.presignPut('verb/part', grant)).url;
    const get = await storage.presignGet('verb/part', 60);
    expect((await send(put)).ok).toBe(false);
    expect((await send(get, { method: 'PUT', body: 'hello', headers: { 'Content-Type': 'image/tiff' } })).ok).toBe(
      false,
    );
    expect(await text('verb/part')).toBe('kept');
  });

  it('signs a link for reading the same way for some minutes, and then anew', async () => {
    const at = async (second: number) => {
      vi.setSystemTime(1_800_000_000_000 + 1000 * second);
      return storage.presignGet('same/picture.png', 900);
    };
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const first = await at(0);
      for (const second of [1, 20, 299]) expect(await at(second)).toBe(first);
      for (const second of [300, 900, 86_400]) expect(await at(second)).not.toBe(first);
      expect(await storage.presignGet('same/other.png', 900)).not.toBe(
        await storage.presignGet('same/picture.png', 900),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it('grants no longer than it said', async () => {
    const put = await storage.presignPut('late/part', { ...grant, seconds: 1 });
    await storage.put('late/there', Buffer.from('x'));
    const get = await storage.presignGet('late/there', 1);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await send(put.url, { method: 'PUT', body: 'hello', headers: put.headers })).status).toBe(403);
    expect((await send(get)).status).toBe(403);
    expect(await keysUnder('late/')).toEqual(['late/there']);
  });

  it('says how old an object is by its own clock, whatever the time is here', async () => {
    expect(await storage.age('aged/none')).toBeNull();
    await storage.put('aged/x', Buffer.from('x'));
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const aged = await storage.age('aged/x');
    // A bucket gives whole seconds.
    expect(aged).toBeGreaterThanOrEqual(1000);
    expect(aged).toBeLessThan(10_000);
    // A new storage, since a client of S3 remembers that a clock is wrong.
    forgetProcessWide('storage');
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
    const ahead = await getStorage()
      .age('aged/x')
      .finally(() => clock.mockRestore());
    expect(ahead).toBeLessThan(20_000);
    await storage.put('aged/x', Buffer.from('y'));
    expect(await storage.age('aged/x')).toBeLessThan(2000);
  });

  it('gives nothing by a link to what was deleted since', async () => {
    await storage.put('dead/x.json', Buffer.from('{}'));
    const get = await storage.presignGet('dead/x.json', 60);
    await storage.delete('dead/');
    expect((await send(get)).status).toBe(404);
  });

  it('never takes a body whose connection is cut for a whole one, and takes it when it is sent again', async () => {
    const bytes = 4_000_000;
    const { url, headers } = await storage.presignPut('cut/part', { ...grant, bytes });
    const target = new URL(url, provider.origin);
    const socket = connect(Number(target.port), target.hostname);
    await once(socket, 'connect');
    const head = [
      `PUT ${target.pathname}${target.search} HTTP/1.1`,
      `Host: ${target.host}`,
      `Content-Length: ${bytes}`,
    ];
    socket.write(`${[...head, `Content-Type: ${headers['Content-Type']}`].join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.write(Buffer.alloc(bytes / 2), resolve));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // VersityGW keeps the half that came, under its true size. So the size tells whether a part is complete.
    for await (const part of storage.list('cut/')) expect(part.bytes).toBeLessThan(bytes);
    const again = await send(url, { method: 'PUT', body: Buffer.alloc(bytes, 1), headers });
    expect(again.status).toBe(200);
    expect(Buffer.alloc(bytes, 1).equals((await readObject(storage, 'cut/part'))!)).toBe(true);
  });

  it(`is what the environment names: ${name}`, () => {
    expect(storage.constructor.name.toLowerCase()).toBe(`${name}storage`);
  });
});
