import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Analysis, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

const directory = mkdtempSync(join(tmpdir(), 'restain-restart-'));
test.afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function ask(server: OwnServer, path: string, method = 'GET', body?: unknown): Promise<Analysis> {
  const response = await fetch(`${server.url}/api/analyses${path}`, {
    method,
    headers: { [TERMS_HEADER]: TERMS_VERSION, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return Analysis.parse(await response.json());
}

/** Starts an analysis, and returns while its inference runs. */
async function startRun(server: OwnServer): Promise<string> {
  const png = await drawTissue(700, 700);
  const { id, upload } = await ask(server, '', 'POST', { bytes: png.length, type: 'image/png' });
  for (const { url, headers } of upload!.missing)
    await fetch(new URL(url, server.url), { method: 'PUT', headers, body: new Uint8Array(png) });
  await ask(server, `/${id}/verify`, 'POST');
  await ask(server, `/${id}/start`, 'POST', { resolution: '10x' });
  await expect.poll(async () => (await ask(server, `/${id}`)).progress?.tiles_done ?? 0).toBeGreaterThan(0);
  return id;
}

test('a server that is told to end marks its runs at once: the next one says so, and tries again', async () => {
  const first = await startOwnServer({ STORAGE_DIR: directory });
  const id = await startRun(first).catch((error: unknown) => first.stop().then(() => Promise.reject(error)));
  first.process.kill('SIGTERM');
  await once(first.process, 'exit');

  const second = await startOwnServer({ STORAGE_DIR: directory });
  try {
    const marked = { state: 'failed', can_retry: true, problem: { code: 'interrupted' } };
    expect(await ask(second, `/${id}`)).toMatchObject(marked);
    expect((await ask(second, `/${id}/retry`, 'POST')).state).toMatch(/^(queued|running)$/);
    expect((await ask(second, `/${id}/cancel`, 'POST')).state).toBe('cancelled');
  } finally {
    await second.stop();
  }
});

test('of a server that is killed the run can be cancelled before anybody knows of the end', {
  tag: '@long',
}, async () => {
  const first = await startOwnServer({ STORAGE_DIR: directory });
  const id = await startRun(first).catch((error: unknown) => first.stop().then(() => Promise.reject(error)));
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  const second = await startOwnServer({ STORAGE_DIR: directory });
  try {
    // If the start took longer than 20 s, the server already knows that the run has ended.
    expect((await ask(second, `/${id}/cancel`, 'POST')).state).toMatch(/^(cancelled|failed)$/);
  } finally {
    await second.stop();
  }
});
