import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCompressedFiles, sendCompressed } from './compressed-files';

const build = mkdtempSync(join(tmpdir(), 'compressed-'));
const bytes = brotliCompressSync('script();');
let server: Server;

beforeAll(async () => {
  mkdirSync(join(build, 'static/chunks'), { recursive: true });
  writeFileSync(join(build, 'static/chunks/a~1.js'), 'script();');
  writeFileSync(join(build, 'static/chunks/a~1.js.br'), bytes);
  writeFileSync(join(build, 'static/chunks/plain.js'), 'plain();');
  writeFileSync(join(build, 'secret.js.br'), 'secret');
  const files = readCompressedFiles(build);
  server = createServer((incoming, response) => {
    if (!sendCompressed(incoming, response, files)) response.writeHead(404).end('by Next');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(() => {
  server.close();
  rmSync(build, { recursive: true });
});

function ask(path: string, accepted?: string, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: Buffer }>((resolve) => {
    const { port } = server.address() as AddressInfo;
    const headers = accepted === undefined ? {} : { 'Accept-Encoding': accepted };
    httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
    }).end();
  });
}

it('sends the compressed copy, to be kept for good', async () => {
  for (const accepted of ['gzip, deflate, br, zstd', 'br;q=0.8, gzip', 'BR', 'br;q=1.0']) {
    const { status, headers, body } = await ask('/_next/static/chunks/a~1.js?dpl=1', accepted);
    expect([status, body.equals(bytes)], accepted).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': 'application/javascript; charset=UTF-8',
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
  }
  const head = await ask('/_next/static/chunks/a~1.js', 'br', 'HEAD');
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(bytes.length), 0]);
});

it('leaves to Next what has no copy, and who does not read Brotli', async () => {
  const cases: [path: string, accepted?: string, method?: string][] = [
    ['/_next/static/chunks/a~1.js'],
    ['/_next/static/chunks/a~1.js', 'gzip, deflate'],
    ['/_next/static/chunks/a~1.js', 'br;q=0, gzip'],
    ['/_next/static/chunks/a~1.js', 'br;q=0.0, gzip'],
    ['/_next/static/chunks/a~1.js', 'brx'],
    ['/_next/static/chunks/a~1.js', 'br', 'POST'],
    ['/_next/static/chunks/plain.js', 'br'],
    ['/_next/static/chunks/a~1.js.br', 'br'],
    ['/_next/static/../secret.js', 'br'],
    ['/_next/static/%2e%2e/secret.js', 'br'],
  ];
  for (const [path, accepted, method] of cases)
    expect((await ask(path, accepted, method)).status, `${method ?? 'GET'} ${path} ${accepted}`).toBe(404);
});

it('has no files where the build has no copies', () => {
  expect(readCompressedFiles(join(build, 'nowhere'))).toEqual(new Map());
});
