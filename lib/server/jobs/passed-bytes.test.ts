import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { resetEnvForTests } from '@/lib/server/env';
import { checkPassingRedis, closeRedis, getPassingRedis, getRedis } from '@/lib/server/redis/redis';
import { dropPassed, holdPassage, isPassed, passAnswer, passImage, readPassed, reservePassage } from './passed-bytes';

const MIB = 2 ** 20;
const LIMIT = 10 * MIB;

describe.skipIf(whyNoRedis() !== null)('bytes that pass through Redis', () => {
  let main: RedisServer;
  let other: RedisServer;

  beforeAll(async () => {
    main = await RedisServer.start();
    other = await RedisServer.start(['--appendonly', 'no', '--maxmemory', '64mb', '--maxmemory-policy', 'noeviction']);
    const settings = { REDIS_URL: main.url, REMOTE_REDIS_URL: other.url, REMOTE_MEMORY: '10MiB', LOG_LEVEL: 'silent' };
    for (const [name, value] of Object.entries({ ...settings, JOBS_PROVIDER: 'bullmq' })) vi.stubEnv(name, value);
    resetEnvForTests();
  });
  beforeEach(() => getPassingRedis().flushall() as unknown as Promise<void>);
  afterAll(async () => {
    closeRedis();
    await Promise.all([main.stop(), other.stop()]);
    vi.unstubAllEnvs();
    resetEnvForTests();
  });

  const keys = async () => (await getPassingRedis().keys('*')).sort();
  const partsOf = async (id: string) => (await keys()).filter((key) => key.includes(`:${id}:`));
  const answer = (size: number) => [Buffer.from('head'), randomBytes(size)];

  it.each([1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])('%d of them arrive as they were sent', async (size) => {
    const image = randomBytes(size);
    await reservePassage('a', size);
    await passImage('a', image);
    expect((await readPassed('a', 'image'))?.equals(image)).toBe(true);
    expect(await readPassed('a', 'answer')).toBeNull();
    const shared = new Uint8Array(new SharedArrayBuffer(size));
    shared.set(image);
    await passAnswer('a', [Buffer.from('head'), image, Buffer.alloc(0), shared]);
    expect((await readPassed('a', 'answer'))?.equals(Buffer.concat([Buffer.from('head'), image, image]))).toBe(true);
    // The image has done its work.
    expect(await readPassed('a', 'image')).toBeNull();
    await dropPassed('a');
    expect(await keys()).toEqual([]);
  });

  it('stay for minutes only, and longer where somebody says that they are waited for', async () => {
    await reservePassage('a', 100);
    await passImage('a', randomBytes(100));
    for (const key of await partsOf('a')) {
      const left = await getPassingRedis().pttl(key);
      expect(left).toBeGreaterThan(500_000);
      expect(left).toBeLessThanOrEqual(600_000);
      await getPassingRedis().pexpire(key, 5_000);
    }
    await holdPassage('a');
    for (const key of await partsOf('a')) expect(await getPassingRedis().pttl(key)).toBeGreaterThan(500_000);
    await passAnswer('a', answer(10));
    // As long as the result of a task can be read.
    for (const key of await partsOf('a')) expect(await getPassingRedis().pttl(key)).toBeGreaterThan(3_500_000);
  });

  it('never lie in the Redis of the queue where another one is named', async () => {
    await reservePassage('a', 100);
    await passImage('a', randomBytes(100));
    expect(await getRedis().keys('*')).toEqual([]);
  });

  it('take no more than they may together', async () => {
    await reservePassage('a', 4 * MIB);
    await reservePassage('b', 6 * MIB);
    await expect(reservePassage('c', 1)).rejects.toMatchObject({
      code: 'queue_full',
      retryAfterSeconds: expect.any(Number),
      detail: expect.stringContaining(`may take ${LIMIT} bytes, and ${LIMIT} are taken`),
    });
    await dropPassed('a');
    await reservePassage('c', 4 * MIB);
    // An answer counts with what it has.
    await passAnswer('c', answer(MIB));
    await reservePassage('d', 3 * MIB - 4);
    await expect(reservePassage('e', 1)).rejects.toMatchObject({ code: 'queue_full' });
    await expect(reservePassage('f', LIMIT + 1)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('of a job whose time is over make room', async () => {
    await reservePassage('a', LIMIT);
    await getPassingRedis().del('restain:passed:a:held');
    await reservePassage('b', LIMIT);
    expect(await partsOf('b')).toHaveLength(1);
  });

  it('make room when nobody has fetched them, the oldest first, and not at once', async () => {
    for (const id of ['a', 'b', 'c']) {
      await reservePassage(id, 3 * MIB);
      await passImage(id, randomBytes(10));
      if (id !== 'c') await passAnswer(id, answer(3 * MIB - 4));
    }
    await expect(reservePassage('d', 4 * MIB)).rejects.toMatchObject({ code: 'queue_full' });
    const longAgo = Date.now() - 31_000;
    await getPassingRedis().zadd('restain:passed-ended', longAgo - 5, 'a', longAgo, 'b');
    await reservePassage('d', 4 * MIB);
    expect(await Promise.all(['a', 'b'].map((id) => isPassed(id, 'answer')))).toEqual([false, true]);
    expect(await isPassed('c', 'image')).toBe(true);
  });

  it('of an answer that comes after its job was dropped stay nowhere', async () => {
    await reservePassage('a', 100);
    await dropPassed('a');
    await passAnswer('a', answer(10));
    expect(await keys()).toEqual([]);
  });

  it('are refused where Redis has no memory left', async () => {
    await getPassingRedis().config('SET', 'maxmemory', String(4 * MIB));
    await reservePassage('a', 8 * MIB);
    await expect(passImage('a', randomBytes(8 * MIB))).rejects.toMatchObject({
      code: 'queue_full',
      detail: expect.stringContaining('no memory left'),
    });
    await getPassingRedis().config('SET', 'maxmemory', String(64 * MIB));
  });

  it('are doubted of a Redis that writes them down, or has less memory than they may take', async () => {
    expect(await checkPassingRedis()).toEqual([]);
    await getPassingRedis().config('SET', 'maxmemory', String(LIMIT));
    expect(await checkPassingRedis()).toEqual([expect.stringContaining(`REMOTE_MEMORY lets them take ${LIMIT}`)]);
    await getPassingRedis().config('SET', 'maxmemory', String(64 * MIB));
    vi.stubEnv('REMOTE_REDIS_URL', '');
    resetEnvForTests();
    expect(await checkPassingRedis()).toEqual([expect.stringContaining('append-only file')]);
    vi.stubEnv('REMOTE_REDIS_URL', other.url);
    resetEnvForTests();
  });
});
