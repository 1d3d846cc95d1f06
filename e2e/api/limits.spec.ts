import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from '@playwright/test';
import { Health } from '@/lib/contracts/health';
import { InferResult } from '@/lib/contracts/infer';
import { Problem } from '@/lib/contracts/problem';
import { TaskAccepted, TaskStatus } from '@/lib/contracts/task';
import { drawTissue } from './drawn-pictures';
import { type OwnServer, startOwnServer } from './own-server';

const SHARED = `${process.env.RESTAIN_SHARED ?? '../shared'}/formats`;

const form = (bytes: Uint8Array) => {
  const body = new FormData();
  body.append('img', new Blob([new Uint8Array(bytes)]), 'a.png');
  return { method: 'POST', body };
};
const problemOf = async (response: Response) => Problem.parse(await response.json());

test.describe('a server with tight limits', () => {
  let server: OwnServer;
  const LIMITS = {
    MAX_UPLOAD_BYTES: '3MB',
    MAX_PIXELS: '700000',
    SYNC_LIMIT_SECONDS: '1',
    QUEUE_LIMIT: '1',
    CONCURRENT_IMAGES: '1',
    REQUESTS_PER_MINUTE: '40',
    LOG_LEVEL: 'debug',
  };
  test.beforeAll(async () => {
    server = await startOwnServer(LIMITS);
  });
  test.afterAll(() => server.stop());

  const idle = async () => {
    await expect
      .poll(async () => {
        const { queue } = Health.parse(await (await fetch(`${server.url}/api/health`)).json());
        return queue.waiting + queue.running;
      })
      .toBe(0);
  };

  test('too many bytes are refused from the announced length, before they are sent', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', reject).on('data', (chunk) => {
        socket.destroy();
        resolve(chunk.toString());
      });
      socket.write(
        'POST /api/infer HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000000\r\n\r\n',
      );
    });
    expect(answer).toContain('413');
  });

  test('too many bytes of unannounced length are refused while they come, and the sender reads why', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 0)
          controller.enqueue(Buffer.from('--b\r\nContent-Disposition: form-data; name="img"; filename="a"\r\n\r\n'));
        sent += 100_000;
        if (sent > 20_000_000) controller.close();
        else controller.enqueue(new Uint8Array(100_000));
      },
    });
    const response = await fetch(`${server.url}/api/infer`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
      body: endless,
      duplex: 'half',
    } as RequestInit);
    expect(await problemOf(response)).toMatchObject({
      status: 413,
      code: 'upload_too_large',
      detail: 'A request may have 3000000 bytes (3 MB), this one has more.',
    });
  });

  test('too many pixels are refused from the header, with both numbers', async () => {
    const problem = await problemOf(await fetch(`${server.url}/api/infer`, form(await drawTissue(1000, 701))));
    expect(problem).toMatchObject({ status: 413, code: 'image_too_large' });
    expect(problem.detail).toContain('700000 pixels');
    expect(problem.detail).toContain('1000 x 701');
  });

  test('work that outlasts the synchronous limit becomes a task', async () => {
    const response = await fetch(`${server.url}/api/infer?resolution=10x&slim`, form(await drawTissue(600, 600)));
    expect(response.status).toBe(202);
    const { task_id: id } = TaskAccepted.parse(await response.json());
    expect(response.headers.get('location')).toBe(`/api/batch/infer/${id}`);
    await expect
      .poll(async () => TaskStatus.parse(await (await fetch(`${server.url}/api/batch/infer/${id}`)).json()).state, {
        timeout: 60_000,
      })
      .toBe('SUCCESS');
  });

  test('a client that goes away frees the server for the next', async () => {
    const gone = new AbortController();
    const request = fetch(`${server.url}/api/infer?resolution=10x`, {
      ...form(await drawTissue(600, 600)),
      signal: gone.signal,
    });
    setTimeout(() => gone.abort(), 400);
    await expect(request).rejects.toThrow();
    await idle();
  });

  test('more than the queue holds is answered 503, and what was taken ends well', async () => {
    const image = await drawTissue(400, 400);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${server.url}/api/batch/infer?resolution=20x&slim`, form(image))),
    );
    const refused = answers.filter((response) => response.status === 503);
    const taken = answers.filter((response) => response.status === 200);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(taken.length + refused.length).toBe(5);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const response of taken) {
      const { task_id: id } = TaskAccepted.parse(await response.json());
      await expect
        .poll(async () => TaskStatus.parse(await (await fetch(`${server.url}/api/batch/infer/${id}`)).json()).state)
        .toBe('SUCCESS');
    }
  });

  test('an address that asks too often is told the limit; a forged header makes it no other address', async () => {
    let last: Response | undefined;
    for (let i = 0; i < 45 && last?.status !== 429; i++)
      last = await fetch(`${server.url}/api/infer`, {
        method: 'POST',
        headers: { 'X-Forwarded-For': `198.51.100.${i}`, 'X-Restain-Connection': `forged-${i}` },
      });
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    const problem = await problemOf(last as Response);
    expect(problem.detail).toMatch(/^40 analyses a minute are allowed from one address/);
  });

  test('nothing that was sent is in the log', () => {
    expect(server.output()).toContain('"route":"POST /api/infer"');
    expect(server.output()).not.toContain('a.png');
    expect(server.output()).not.toContain('198.51.100');
  });
});

test('a server that cannot analyse does not start, and says why', async () => {
  for (const [env, reason] of [
    [{ MAX_PIXELS: 'many', POOL_THREADS: '0' }, /MAX_PIXELS.*POOL_THREADS/],
    [{ DEFAULT_MODEL: 'none-such' }, /none-such/],
  ] as const) {
    const server = await startOwnServer(env);
    expect(server.process.exitCode).toBe(1);
    expect(server.output()).toMatch(reason);
  }
});

test('several at once are each answered with their own result', async ({ baseURL }) => {
  const sizes = [64, 80, 96, 112, 128, 144];
  const results = await Promise.all(
    sizes.map(async (size) => {
      const response = await fetch(`${baseURL}/api/infer?resolution=40x`, form(await drawTissue(size, 50, size)));
      return InferResult.parse(await response.json());
    }),
  );
  for (const [i, result] of results.entries()) {
    const png = Buffer.from(result.images.SegRefined ?? '', 'base64');
    expect(png.readUInt32BE(16)).toBe(sizes[i]);
  }
});

test.describe('files of the world', { tag: '@long' }, () => {
  test.skip(!existsSync(SHARED), `needs ${SHARED} (or RESTAIN_SHARED)`);
  const files = (folder: string) => (existsSync(SHARED) ? readdirSync(`${SHARED}/${folder}`) : []);

  for (const name of files('broken'))
    test(`broken/${name} is read or refused within 5 s, and the next request is answered`, async ({ baseURL }) => {
      const started = Date.now();
      const response = await fetch(
        `${baseURL}/api/infer?resolution=40x&slim`,
        form(readFileSync(`${SHARED}/broken/${name}`)),
      );
      // Only the reading has a time limit here; the inference may take longer.
      if (response.status === 200) InferResult.parse(await response.json());
      else {
        expect(Date.now() - started).toBeLessThan(5000);
        expect([413, 415]).toContain((await problemOf(response)).status);
      }
      expect((await fetch(`${baseURL}/api/health`)).status).toBe(200);
    });

  const REFUSED = ['test-card-lossless.jp2', 'lab.tif'];
  for (const name of files('pixels'))
    test(`pixels/${name} gives a result, or the reason why not`, async ({ baseURL }) => {
      test.setTimeout(180_000);
      const bytes = readFileSync(`${SHARED}/pixels/${name}`);
      const response = await fetch(`${baseURL}/api/batch/infer?resolution=40x&slim&pil=true`, form(bytes));
      if (REFUSED.includes(name)) {
        expect(await problemOf(response)).toMatchObject({ status: 415, code: 'unreadable_image' });
        return;
      }
      const { task_id: id } = TaskAccepted.parse(await response.json());
      const poll = async () => TaskStatus.parse(await (await fetch(`${baseURL}/api/batch/infer/${id}`)).json());
      let status = await poll();
      while (['PENDING', 'STARTED'].includes(status.state)) {
        // The test of 50 megapixels ends when the inference has started, which would take minutes.
        if (status.tiles_done && (status.tiles ?? 0) > 30) {
          await fetch(`${baseURL}/api/batch/infer/${id}`, { method: 'DELETE' });
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
        status = await poll();
      }
      expect(status.state, status.error?.detail).toBe('SUCCESS');
    });
});
