import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DELETE as cancelTask, GET as readTask } from '@/app/api/batch/infer/[taskId]/route';
import { POST as submit } from '@/app/api/batch/infer/route';
import { POST as infer } from '@/app/api/infer/route';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { problemOf, runSite, toPng } from '@/lib/server/analyses/__fixtures__/site';
import { resetEnvForTests } from '@/lib/server/env';
import { stopEngine } from '@/lib/server/inference/engine';
import { closeShared, getJobQueue } from '@/lib/server/jobs';
import { WorkerProcesses } from '@/lib/server/process/__fixtures__/worker-processes';
import { closeRedis, getPassingRedis, getRedis } from '@/lib/server/redis/redis';
import { drawDiscs } from '@/workers/__fixtures__/draw';
import { packResult, unpackResult } from './remote-infer';

const whyNot = whyNoRedis();
if (whyNot !== null) console.warn(`Images that workers analyse are not tested: ${whyNot}`);

const SILENT_SECONDS = 3;
const small = await toPng(drawDiscs(300, 260, 20, 1).image);
/** Takes long enough to be killed or left in the midst of it. */
const large = await toPng(drawDiscs(1100, 1000, 50, 99).image);

type Handler = (request: Request, context: { params: Promise<never> }) => Promise<Response>;
function post(handler: unknown, file: Buffer, query = '', signal: AbortSignal | null = null): Promise<Response> {
  const body = new FormData();
  body.set('img', new Blob([new Uint8Array(file)]), 'a.png');
  const request = new Request(`http://localhost/?${query}`, { method: 'POST', body, signal });
  return (handler as Handler)(request, { params: Promise.resolve({} as never) });
}
const task = (handler: unknown, taskId: string) =>
  (handler as Handler)(new Request('http://localhost/'), { params: Promise.resolve({ taskId } as never) });
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

it('an answer is packed and unpacked to the same', () => {
  const png = Buffer.from('png');
  const lists = new Uint8Array(Buffer.from('{"cells":[]}'));
  const full = {
    images: [
      { name: 'Seg' as const, png },
      { name: 'Hema' as const, png: Buffer.alloc(0) },
    ],
    rest: Buffer.from('{}'),
    lists,
  };
  for (const result of [full, { images: [], rest: Buffer.from('{"a":"ä"}'), lists: null }]) {
    const back = unpackResult(Buffer.concat(packResult(result)));
    expect({ ...back, lists: back.lists && new Uint8Array(back.lists) }).toEqual(result);
  }
});

describe.skipIf(whyNot !== null)('an image that is posted, where workers analyse it', () => {
  let redis: RedisServer;
  let passing: RedisServer;
  let workers: WorkerProcesses;
  let here: { small: Buffer; large: Buffer; listed: Buffer };
  const LISTED = 'include=cells&resolution=20x';
  const SLOW = 'resolution=10x';

  runSite({ SILENT_SECONDS: String(SILENT_SECONDS), POOL_THREADS: '1', INFERENCE_PROVIDER: 'cpu' });

  const environment = () => ({
    ...{ JOBS_PROVIDER: 'bullmq', REDIS_URL: redis.url, REMOTE_REDIS_URL: passing.url, REMOTE_INFER: 'true' },
    ...{ SHUTDOWN_SECONDS: '20', CONCURRENT_IMAGES: '1', INFERENCE_PROVIDER: 'cpu', FORMATS: 'off', LOG_LEVEL: 'info' },
  });

  beforeAll(async () => {
    // First by this process.
    here = {
      small: await bytesOf(await post(infer, small)),
      large: await bytesOf(await post(infer, large, SLOW)),
      listed: await bytesOf(await post(infer, small, LISTED)),
    };
    expect(here.small.byteLength).toBeGreaterThan(10_000);
    redis = await RedisServer.start();
    passing = await RedisServer.start(['--appendonly', 'no', '--maxmemory-policy', 'noeviction']);
    for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
    vi.stubEnv('RESTAIN_ROLE', 'web');
    vi.stubEnv('LOG_LEVEL', 'silent');
    resetEnvForTests();
    // From here on without a network of its own.
    await stopEngine();
  }, 120_000);
  afterAll(async () => {
    if (redis === undefined) return;
    await workers?.killAll();
    await closeShared();
    closeRedis();
    await Promise.all([redis.stop(), passing.stop()]);
  });

  const stored = () =>
    readdirSync(process.env.STORAGE_DIR ?? '', { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const left = async () => getPassingRedis().keys('*');
  /** Waits until a worker that lives infers an image. @returns its process id */
  const worker = async () => {
    for (;;) {
      const [id] = await getRedis().lrange('restain:jobs:active', '0', '-1');
      const [name, progress] = id ? await getRedis().hmget(`restain:jobs:${id}`, 'pb', 'progress') : [];
      const pid = Number(name?.split('/').at(-1));
      if (workers.has(pid) && progress?.includes('inferring')) return pid;
      await delay(20);
    }
  };

  it('is refused with a sentence while there is no worker', async () => {
    const answer = await post(infer, small);
    expect(answer.headers.get('Retry-After')).toBe('10');
    expect(await problemOf(answer)).toMatchObject({
      status: 503,
      code: 'not_ready',
      detail: 'Images are analysed by workers here, and none has been seen for 3 s. Try again in 10 s.',
    });
    expect(await left()).toEqual([]);
    // What is the caller's own mistake is said here, without any worker.
    expect(await problemOf(post(infer, Buffer.from('no image')))).toMatchObject({ status: 415 });
    expect(await problemOf(post(infer, small, 'model=none'))).toMatchObject({ status: 404 });
  });

  it('is answered with the same bytes as by one process, and nothing of it stays', async () => {
    workers = await WorkerProcesses.start(2, environment());
    expect((await bytesOf(await post(infer, small))).equals(here.small)).toBe(true);
    expect((await bytesOf(await post(infer, small, LISTED))).equals(here.listed)).toBe(true);
    expect(await left()).toEqual([]);
    expect(stored()).toEqual([]);
    expect(workers.output).toContain('image analysed');
  }, 60_000);

  it('goes to another worker when its own is killed', async () => {
    const answer = post(infer, large, SLOW);
    await workers.kill(await worker());
    expect((await bytesOf(await answer)).equals(here.large)).toBe(true);
    expect(workers.kills).toBe(1);
    expect(await left()).toEqual([]);
  }, 120_000);

  it('is left by its worker when the client goes away', async () => {
    const client = new AbortController();
    const answer = post(infer, large, SLOW, client.signal);
    await worker();
    client.abort();
    expect(await problemOf(answer)).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => getJobQueue().load(), { timeout: 20_000 }).toMatchObject({ running: 0, waiting: 0 });
    expect(await left()).toEqual([]);
  }, 60_000);

  it('is a task that tells its place and progress, is kept once it is done, and goes when it is deleted', async () => {
    const ids: string[] = [];
    for (const file of [large, small])
      ids.push(((await (await post(submit, file, file === large ? SLOW : '')).json()) as { task_id: string }).task_id);
    const seen = new Set<string>();
    const states = async (id: string) => {
      const now = (await (await task(readTask, id)).json()) as { state: string; stage?: string; progress: number };
      seen.add(`${now.state} ${now.stage ?? ''}`.trim());
      return now;
    };
    await expect.poll(async () => (await states(ids[0]!)).state, { interval: 50, timeout: 60_000 }).toBe('SUCCESS');
    expect([...seen]).toEqual(expect.arrayContaining(['STARTED inferring', 'SUCCESS']));
    await expect.poll(async () => (await states(ids[1]!)).state, { timeout: 60_000 }).toBe('SUCCESS');
    const { result } = (await (await task(readTask, ids[1]!)).json()) as { result: unknown };
    expect(result).toEqual(JSON.parse(here.small.toString()));
    expect((await left()).filter((key) => key.endsWith(':image'))).toEqual([]);
    for (const id of ids) expect((await task(cancelTask, id)).status).toBe(200);
    expect(await left()).toEqual([]);
    expect(await problemOf(task(readTask, ids[1]!))).toMatchObject({ code: 'task_not_found' });
  }, 120_000);

  it('is refused where it is larger than what may be passed on', async () => {
    vi.stubEnv('REMOTE_MEMORY', '100KB');
    resetEnvForTests();
    expect(await problemOf(post(infer, small))).toMatchObject({ status: 413, code: 'image_too_large' });
    vi.stubEnv('REMOTE_MEMORY', '');
    resetEnvForTests();
  });

  it('is refused where too many wait, as without workers', { tags: ['long'], timeout: 120_000 }, async () => {
    vi.stubEnv('QUEUE_LIMIT', '0');
    resetEnvForTests();
    await closeShared();
    const busy = [post(infer, large, SLOW), post(infer, large, SLOW)];
    await expect.poll(() => getJobQueue().load(), { timeout: 20_000 }).toMatchObject({ running: 2 });
    expect(await problemOf(post(infer, small))).toMatchObject({ status: 503, code: 'queue_full' });
    for (const answer of busy) expect((await bytesOf(await answer)).equals(here.large)).toBe(true);
    expect(await left()).toEqual([]);
    vi.stubEnv('QUEUE_LIMIT', '');
    resetEnvForTests();
    await closeShared();
  });

  it('is finished by a worker that is told to end', { tags: ['long'], timeout: 120_000 }, async () => {
    const answer = post(infer, large, SLOW);
    const pid = await worker();
    const ending = workers.end(pid);
    expect((await bytesOf(await answer)).equals(here.large)).toBe(true);
    await ending;
    expect(workers.kills).toBe(1);
  });

  it('ends where it stops each worker, or where its time is over, and says why', {
    tags: ['long'],
    timeout: 180_000,
  }, async () => {
    const answer = problemOf(post(infer, large, SLOW));
    for (let kills = 0; kills < 3; kills++) await workers.kill(await worker());
    expect(await answer).toMatchObject({
      status: 500,
      code: 'interrupted',
      detail: expect.stringContaining('3 times'),
    });
    expect(await left()).toEqual([]);
    const late = problemOf(post(infer, large, SLOW));
    await workers.kill(await worker());
    await getPassingRedis().flushall();
    expect(await late).toMatchObject({ code: 'interrupted', detail: expect.stringContaining('no longer there') });
  });
});
