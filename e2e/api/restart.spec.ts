import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Analysis, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

/** A server whose run has not been heard of for so long is taken for dead. */
const SILENT_MS = 20_000;

const directory = mkdtempSync(join(tmpdir(), 'restain-restart-'));
test.afterAll(() => rmSync(directory, { recursive: true, force: true }));

const start = () => startOwnServer({ STORAGE_DIR: directory });

async function ask(server: OwnServer, path: string, method = 'GET', body?: unknown): Promise<Analysis> {
  const response = await fetch(`${server.url}/api/analyses${path}`, {
    method,
    headers: { [TERMS_HEADER]: TERMS_VERSION, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return Analysis.parse(await response.json());
}

async function startRun(server: OwnServer): Promise<string> {
  // Several seconds of work: the servers of these tests end in the midst of it.
  const png = await drawTissue(1100, 1100);
  const { id, upload } = await ask(server, '', 'POST', { bytes: png.length, type: 'image/png' });
  for (const { url, headers } of upload!.missing)
    await fetch(new URL(url, server.url), { method: 'PUT', headers, body: new Uint8Array(png) });
  await ask(server, `/${id}/verify`, 'POST');
  await ask(server, `/${id}/start`, 'POST', { resolution: '10x' });
  return id;
}

const tilesDone = async (server: OwnServer, id: string) => (await ask(server, `/${id}`)).progress?.tiles_done ?? 0;

/** Waits until a run is inferred at this moment. */
const untilInferred = (server: OwnServer, id: string) =>
  expect.poll(() => tilesDone(server, id), { timeout: 90_000, intervals: [100] }).toBeGreaterThan(0);

/** Waits until a run that a server which was killed had begun is begun anew. */
const untilBegunAnew = (server: OwnServer, id: string) =>
  expect.poll(() => tilesDone(server, id), { timeout: SILENT_MS + 20_000, intervals: [100] }).toBe(0);

const untilDone = async (server: OwnServer, id: string) => {
  await expect.poll(async () => (await ask(server, `/${id}`)).state, { timeout: 120_000 }).toBe('done');
  return ask(server, `/${id}`);
};

/** Does something with a server that ends afterwards, whatever comes of it. */
async function withServer<T>(use: (server: OwnServer) => Promise<T>): Promise<T> {
  const server = await start();
  return use(server).finally(() => server.stop());
}

const endBy = async (server: OwnServer, signal: NodeJS.Signals) => {
  server.process.kill(signal);
  await once(server.process, 'exit');
};

/** A run that this signal has cut short. */
const cutShortBy = (signal: NodeJS.Signals) =>
  withServer(async (server) => {
    const id = await startRun(server);
    await untilInferred(server, id);
    await endBy(server, signal);
    return id;
  });

for (const { signal, tag } of [
  { signal: 'SIGTERM', tag: [] },
  { signal: 'SIGKILL', tag: ['@long'] },
] as const)
  test(`a run goes on after a ${signal} and a new start, to the same numbers`, { tag: [...tag] }, async () => {
    test.setTimeout(400_000);
    const id = await cutShortBy(signal);
    await withServer(async (server) => {
      const whole = await startRun(server);
      const { result } = await untilDone(server, id);
      const { result: expected } = await untilDone(server, whole);
      expect(expected!.scoring.num_total).toBeGreaterThan(0);
      expect(result).toMatchObject({ revision: 1, scoring: expected!.scoring, warnings: expected!.warnings });
    });
  });

test('a run that was cut short can be cancelled before it goes on', { tag: '@long' }, async () => {
  const id = await cutShortBy('SIGKILL');
  await withServer(async (server) => {
    expect((await ask(server, `/${id}/cancel`, 'POST')).state).toBe('cancelled');
  });
});

test('a run whose server is killed three times fails, and says why', { tag: '@long' }, async () => {
  test.setTimeout(400_000);
  let server = await start();
  try {
    const id = await startRun(server);
    for (let kills = 0; kills < 3; kills++) {
      await untilInferred(server, id);
      await endBy(server, 'SIGKILL');
      server = await start();
      await untilBegunAnew(server, id);
    }
    await expect.poll(async () => (await ask(server, `/${id}`)).state).toBe('failed');
    const { problem, can_retry } = await ask(server, `/${id}`);
    expect(problem).toMatchObject({ code: 'interrupted', detail: expect.stringContaining('stopped 3 times') });
    expect(can_retry).toBe(true);
  } finally {
    await server.stop();
  }
});
