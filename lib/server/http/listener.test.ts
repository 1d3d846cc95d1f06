import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '@/lib/contracts/problem';
import { resetEnvForTests } from '@/lib/server/env';
import { watchConnections } from './connections';
import { guardListener } from './listener';

const servers: Server[] = [];
/** Requests that passed the gate. */
let reached = 0;
/** Of the latest answer that Next would make. */
let closeListeners = 0;

function configure(variables: Record<string, string> = {}) {
  vi.unstubAllEnvs();
  for (const [name, value] of Object.entries({ LOG_LEVEL: 'silent', ...variables })) vi.stubEnv(name, value);
  resetEnvForTests();
}

/** A server that reads each body and answers with the request's address. It never answers `/slow`. */
async function serve(host = '127.0.0.1'): Promise<number> {
  const server = createServer(async (incoming, response) => {
    reached++;
    closeListeners = response.listenerCount('close');
    // As Next makes a page: 20 ms in many turns of the loop.
    for (let i = 0; i < 20; i++) {
      for (const end = performance.now() + 1; performance.now() < end; );
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (incoming.url === '/slow') return;
    let bytes = 0;
    try {
      for await (const chunk of incoming) bytes += (chunk as Buffer).length;
    } catch {
      return; // Hung up.
    }
    response.setHeader('Content-Type', 'text/plain');
    response.end(`${incoming.method} ${incoming.url} ${bytes}`);
  });
  // Next has such a listener, which never answers what it does not know.
  server.on('upgrade', () => {});
  servers.push(server.listen(0, host));
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

beforeAll(() => {
  configure();
  watchConnections();
  guardListener({
    isDevelopment: false,
    health: async () => Response.json({ status: 'ok' }),
    probes: { '/api/health/live': async () => Response.json({ status: 'ok' }) },
  });
});
beforeEach(() => configure());
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  resetEnvForTests();
});

type Answer = { status: number; headers: IncomingMessage['headers']; text: string };

async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; localAddress?: string } = {},
): Promise<Answer> {
  const { body, ...others } = options;
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...others });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** The answer to these bytes, until the server ends the connection or sends no more. */
async function send(port: number, text: string, quietMs = 300): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, quietMs))]);
  socket.destroy();
  return answer;
}

const problemOf = ({ headers, text }: Answer) => {
  expect(headers['content-type']).toBe('application/problem+json');
  const problem = Problem.parse(JSON.parse(text));
  expect(headers['x-request-id']).toBe(problem.instance);
  return problem;
};

it('a request that is passed on has one listener for its end, however many of ours wait for that', async () => {
  await ask(await serve(), '/page');
  expect(closeListeners).toBe(1);
});

describe('a probe', () => {
  it('is answered under any host name, and for reading alone', async () => {
    const port = await serve();
    const headers = { host: 'evil.example' };
    expect(await ask(port, '/api/health/live?x', { headers })).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    expect((await ask(port, '/api/health', { headers })).status).toBe(421);
    expect((await ask(port, '/api/health/live', { headers, method: 'DELETE' })).status).toBe(421);
    expect((await ask(port, '/api/health/live/constructor', { headers })).status).toBe(421);
  });
});

describe('methods', () => {
  it.each([
    ['TRACE', '/'],
    ['TRACE', '/api/infer'],
    ['PROPFIND', '/api/health'],
    ['PURGE', '/analyses/abc'],
    ['POST', '/'],
    ['PUT', '/api-docs'],
    ['DELETE', '/_next/static/x.js'],
  ])('%s %s is refused by name', async (method, path) => {
    const answer = await ask(await serve(), path, { method });
    expect(answer.status).toBe(405);
    expect(problemOf(answer).code).toBe('method_not_allowed');
    expect(answer.headers.allow).toMatch(/^GET, HEAD/);
  });

  it('that no program knows, and CONNECT, are refused too', async () => {
    const port = await serve();
    for (const line of ['BREW /pot HTTP/1.1', 'CONNECT example.org:443 HTTP/1.1', 'trace / HTTP/1.1']) {
      const answer = await send(port, `${line}\r\nHost: localhost\r\n\r\n`);
      expect(answer, line).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
      expect(answer).toContain('"code":"method_not_allowed"');
      expect(answer).toContain('\r\nAllow: GET, HEAD');
    }
  });

  it.each(['/', '/analyses/x', '/_next/static/x.js', '*'])(
    'OPTIONS %s answers 204 with what there is',
    async (path) => {
      const answer = await ask(await serve(), path, { method: 'OPTIONS' });
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(answer.headers.allow).toContain('GET, HEAD');
    },
  );

  it('that an address of the API may have reach it', async () => {
    const port = await serve();
    expect((await ask(port, '/api/x', { method: 'OPTIONS' })).text).toBe('OPTIONS /api/x 0');
    expect((await ask(port, '/api/x', { method: 'POST', body: 'abc' })).text).toBe('POST /api/x 3');
  });
});

describe('what is no request', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x02\r\n\r\n', 405, 'method_not_allowed'],
    ['no version', 'GET /\r\n\r\n', 400, 'malformed_request'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'malformed_request'],
  ])('%s is answered as a problem', async (_, text, status, code) => {
    const answer = await send(await serve(), text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
  });
});

describe('pictures', () => {
  it.each([
    '/_next/image?url=%2Fsamples%2Fki67-low.jpg&w=64&q=75',
    '/_next/image/?url=/x&w=64',
    '/_next//image?url=/x',
    '/%5fnext/image?url=/x',
    '//_next/image?url=/x',
    'http://localhost/_next/image?url=/x',
  ])('are not scaled: %s', async (path) => {
    const answer = await ask(await serve(), path);
    expect(answer.status).toBe(404);
    expect(problemOf(answer).code).toBe('not_found');
  });
});

describe('upgrades', () => {
  const h2c = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };

  it.each([
    ['h2c', h2c],
    ['websocket', { Connection: 'Upgrade', Upgrade: 'websocket' }],
    ['TLS/1.2', { Connection: 'upgrade', Upgrade: 'TLS/1.2' }],
  ])('to %s are ignored, with a body and without', async (_, headers) => {
    const port = await serve();
    expect((await ask(port, '/page', { headers })).text).toBe('GET /page 0');
    const posted = await ask(port, '/api/x', { method: 'POST', headers, body: 'x'.repeat(70_000) });
    expect([posted.status, posted.text]).toEqual([200, 'POST /api/x 70000']);
    const chunked = { ...headers, 'Transfer-Encoding': 'chunked' };
    expect((await ask(port, '/api/x', { method: 'PUT', headers: chunked, body: 'abc' })).text).toBe('PUT /api/x 3');
  });
});

describe('hosts', () => {
  const statusOf = async (port: number, host: string) => (await ask(port, '/', { headers: { Host: host } })).status;

  it('are loopback names where the server listens on loopback alone', async () => {
    const port = await serve('127.0.0.1');
    for (const host of [
      'localhost',
      `localhost:${port}`,
      '127.0.0.1:3000',
      '[::1]:80',
      'a.localhost',
      'LOCALHOST.',
      '127.9.9.9',
    ])
      expect(await statusOf(port, host), host).toBe(200);
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      '127.0.0.1.nip.io',
      'user@localhost',
      'localhost:x',
    ]) {
      const answer = await ask(port, '/api/x', { headers: { Host: host } });
      expect(answer.status, host).toBe(421);
      expect(problemOf(answer).code).toBe('host_not_allowed');
    }
  });

  it('are any where it listens to others', async () => {
    const port = await serve('0.0.0.0');
    for (const host of ['evil.example', 'restain.lab:3000', '10.0.0.1', 'xn--mnchen-3ya.example'])
      expect(await statusOf(port, host), host).toBe(200);
  });

  it('are those that are allowed, and loopback names, where some are', async () => {
    configure({ ALLOWED_HOSTS: 'Restain.example.org, *.lab.example,[2001:db8::1]' });
    for (const port of [await serve('0.0.0.0'), await serve('127.0.0.1')]) {
      for (const host of [
        'restain.example.org',
        'RESTAIN.example.org:8443',
        'a.b.lab.example',
        'localhost',
        '[2001:db8::1]:1',
      ])
        expect(await statusOf(port, host), host).toBe(200);
      for (const host of ['example.org', 'lab.example', 'evil-lab.example', 'restain.example.org.evil.example'])
        expect(await statusOf(port, host), host).toBe(421);
    }
  });
});

describe('HSTS', () => {
  const hsts = async (port: number, headers: Record<string, string>) =>
    (await ask(port, '/', { headers })).headers['strict-transport-security'];

  it('is said where a trusted proxy says that the browser came by TLS', async () => {
    const port = await serve();
    expect(await hsts(port, { 'X-Forwarded-Proto': 'https' })).toBeUndefined();
    configure({ TRUST_PROXY: '1' });
    expect(await hsts(port, { 'X-Forwarded-Proto': 'https' })).toMatch(/^max-age=\d+$/);
    expect(await hsts(port, { 'X-Forwarded-Proto': 'https, http' })).toBeUndefined();
    expect(await hsts(port, { 'X-Forwarded-Proto': 'http' })).toBeUndefined();
    expect(await hsts(port, {})).toBeUndefined();
    configure({ TRUST_PROXY: '2' });
    expect(await hsts(port, { 'X-Forwarded-Proto': 'https, http' })).toMatch(/^max-age/);
  });
});

describe('a flood', () => {
  it('of unfinished requests leaves the health probe answered, and another address served', async () => {
    configure({ MAX_CONNECTIONS: '64' });
    const port = await serve();
    const sockets = Array.from({ length: 40 }, () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
      return socket;
    });
    // On a busy machine it takes a while until all are there.
    const refused = await vi.waitFor(async () => {
      const answer = await ask(port, '/page');
      expect(problemOf(answer)).toMatchObject({ status: 503, code: 'too_many_connections' });
      return answer;
    }, 20_000);
    expect((await ask(port, '/api/health')).status).toBe(200);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(port, '/page', { localAddress: '127.0.0.2' })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect((await ask(port, '/page')).status).toBe(200), 20_000);
  });

  it('through a proxy is told apart by whom it comes from', async () => {
    configure({ MAX_CONNECTIONS: '32', TRUST_PROXY: '1' });
    const port = await serve();
    const from = (address: string, path: string) => ask(port, path, { headers: { 'X-Forwarded-For': address } });
    for (let i = 0; i < 17; i++) from(`9.9.9.9:${4000 + i}`, '/slow').catch(() => {});
    await vi.waitFor(async () => expect((await from('9.9.9.9', '/page')).status).toBe(503), 20_000);
    expect((await from('8.8.8.8', '/page')).status).toBe(200);
  });

  it('of requests sent ahead on one connection goes no further', async () => {
    const port = await serve();
    const before = reached;
    await send(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200), 1000);
    expect(reached - before).toBeGreaterThan(0);
    // Requests in one packet are counted before the first is answered.
    expect(reached - before).toBeLessThanOrEqual(20);
  });

  const keepsNoProbeWaiting = async (kind: string) => {
    const port = await serve();
    const script = fileURLToPath(new URL('../../../e2e/bench/flood.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      `http://127.0.0.1:${port}`,
      '1000',
      kind,
      '4',
    ]);
    const { failed, worstMs } = JSON.parse(stdout);
    expect(failed).toBe(0);
    // On a quiet machine about 300 ms, on a busy one a few seconds, without the limit half a minute.
    expect(worstMs).toBeLessThan(8_000);
  };
  it('of 1,000 connections keeps no health probe waiting', () => keepsNoProbeWaiting('page'));
  it.each(['body', 'idle'])(
    'of 1,000 connections (%s) keeps none waiting either',
    { tags: ['long'] },
    keepsNoProbeWaiting,
  );

  it('of trickled headers is ended', { tags: ['long'] }, async () => {
    const port = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const trickle = setInterval(() => socket.write('X: y\r\n'), 500);
    const started = Date.now();
    socket.on('error', () => {}).resume();
    await once(socket, 'close');
    clearInterval(trickle);
    expect(Date.now() - started).toBeGreaterThan(8_000);
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});
