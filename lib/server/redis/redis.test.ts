import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisServer, whyNoRedis } from '@/e2e/redis/redis-server';
import { resetEnvForTests } from '@/lib/server/env';
import { takeToken } from '@/lib/server/http/rate-limit';
import { forgetProcessWide } from '@/lib/server/process-wide';
import { askRedis, checkRedis, closeRedis, isRedisAway } from './redis';

let server: RedisServer | undefined;

async function connectTo(...settings: string[]): Promise<RedisServer> {
  server = await RedisServer.start(settings);
  vi.stubEnv('REDIS_URL', server.url);
  vi.stubEnv('JOBS_PROVIDER', 'bullmq');
  resetEnvForTests();
  forgetProcessWide('rate-limits');
  await askRedis((redis) => redis.ping());
  return server;
}

beforeEach(() => vi.stubEnv('LOG_LEVEL', 'silent'));
afterEach(async () => {
  closeRedis();
  await server?.stop();
  vi.unstubAllEnvs();
  resetEnvForTests();
});

describe.skipIf(whyNoRedis() !== null)('Redis', () => {
  it('has no doubts about settings that keep what waits', async () => {
    await connectTo('--appendonly', 'yes', '--maxmemory-policy', 'noeviction');
    expect(await checkRedis()).toEqual({ version: expect.stringMatching(/^Redis [7-9]\./), doubts: [] });
  });

  it('says which settings may lose work', async () => {
    await connectTo('--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru');
    const { doubts } = await checkRedis();
    expect(doubts).toEqual([
      expect.stringContaining('allkeys-lru'),
      expect.stringContaining('append-only file is off'),
    ]);
  });

  it('refuses within seconds while it is away, and answers again when it is back', async () => {
    const { down, up } = await connectTo().then((it) => ({ down: () => it.down(), up: () => it.up() }));
    expect(await askRedis((redis) => redis.ping())).toBe('PONG');
    await down();
    const began = performance.now();
    await expect(askRedis((redis) => redis.ping())).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(isRedisAway()).toBe(true);
    await up();
    await expect.poll(() => askRedis((redis) => redis.ping()).catch(() => 'away'), { timeout: 5_000 }).toBe('PONG');
    expect(isRedisAway()).toBe(false);
  });
});

describe.skipIf(whyNoRedis() !== null)('limits of requests, with a shared Redis', () => {
  const request = () => new Request('http://localhost/');
  /** The next calls are those of another process. */
  const changeProcess = () => forgetProcessWide('rate-limits');

  it('hold for all servers together', async () => {
    vi.stubEnv('REQUESTS_PER_MINUTE', '3');
    await connectTo();
    await takeToken(request(), 'analyses');
    changeProcess();
    await takeToken(request(), 'analyses');
    await takeToken(request(), 'analyses');
    await expect(takeToken(request(), 'analyses')).rejects.toMatchObject({ code: 'rate_limited' });
    changeProcess();
    await expect(takeToken(request(), 'analyses')).rejects.toMatchObject({ code: 'rate_limited' });
    await takeToken(request(), 'reads');
  });

  it('hold for each server while it is away', async () => {
    vi.stubEnv('REQUESTS_PER_MINUTE', '2');
    const redis = await connectTo();
    await takeToken(request(), 'analyses');
    await redis.down();
    await expect.poll(() => isRedisAway(), { timeout: 5_000 }).toBe(true);
    for (let i = 0; i < 2; i++) await takeToken(request(), 'analyses');
    await expect(takeToken(request(), 'analyses')).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
