import { once } from 'node:events';
import { expect, test } from '@playwright/test';
import { drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

/** A request of some seconds, once it is being worked on. */
async function inferOn(server: OwnServer): Promise<{ answer: Promise<Response> }> {
  const form = new FormData();
  form.append('img', new Blob([new Uint8Array(await drawTissue(900, 900))]), 'field.png');
  const answer = fetch(`${server.url}/api/infer?resolution=10x`, { method: 'POST', body: form });
  answer.catch(() => {});
  const running = async () => (await (await fetch(`${server.url}/api/health`)).json()).queue.running;
  await expect.poll(running, { timeout: 20_000, intervals: [50] }).toBe(1);
  return { answer };
}

test('a server that is told to end answers what it has begun, and takes nothing new', async () => {
  test.setTimeout(120_000);
  const server = await startOwnServer({ SHUTDOWN_SECONDS: '60' });
  try {
    expect((await fetch(`${server.url}/api/health/ready`)).status).toBe(200);
    const { answer } = await inferOn(server);
    const ended = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    const knock = () =>
      fetch(`${server.url}/api/health/live`).then(
        () => 'taken',
        () => 'refused',
      );
    await expect.poll(knock, { timeout: 5_000, intervals: [50] }).toBe('refused');
    const response = await answer;
    expect(response.headers.get('connection')).toBe('close');
    const { scoring, images } = await response.json();
    expect(scoring.num_total).toBeGreaterThan(0);
    expect(Object.keys(images)).toContain('SegOverlaid');
    expect(await ended).toEqual([143, null]);
  } finally {
    await server.stop();
  }
});

test('a server ends in time, whatever still runs', async () => {
  const server = await startOwnServer({ SHUTDOWN_SECONDS: '1' });
  const { answer } = await inferOn(server);
  const outcome = answer.then(
    () => 'answered',
    () => 'cut',
  );
  const began = performance.now();
  await server.stop();
  expect(performance.now() - began).toBeLessThan(6_000);
  expect(await outcome).toBe('cut');
  expect(server.output()).toContain('requests were cut');
});

test('a server without Redis refuses to be one of several processes, with the reason', async () => {
  const server = await startOwnServer({ RESTAIN_ROLE: 'web' });
  await server.stop();
  expect(server.output()).toMatch(/Restain cannot start: .*RESTAIN_ROLE.*JOBS_PROVIDER is local/);
});
