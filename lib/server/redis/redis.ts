// The only file that imports ioredis.
import 'server-only';
import { Redis } from 'ioredis';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { forgetProcessWide, processWide } from '@/lib/server/process-wide';

export type { Redis };

const RETRY_MS = 1_000;
/** A request that waits for Redis is answered after so many tries, or so long. */
const TRIES = 2;
const PATIENCE_MS = 5_000;
/** LPOS and the scripts of BullMQ need it; older ones get no fixes. */
const LEAST_MAJOR = 7;
/** What Redis needs of memory for so many bytes that pass through it. */
const HEADROOM = 1.2;
/** All that is kept in Redis has names that begin so. */
export const REDIS_PREFIX = 'restain';

/** Whether Redis answers, as the connection that requests use last saw it. */
const state = processWide('redis-state', () => ({ isAway: false, why: '' }));

const FOR_REQUESTS = { maxRetriesPerRequest: TRIES, commandTimeout: PATIENCE_MS };

/** The connection that requests use: a command fails within seconds where Redis is away. */
export const getRedis = (): Redis =>
  processWide('redis', () => {
    const redis = connect(FOR_REQUESTS);
    redis.on('error', (error: NodeJS.ErrnoException) => {
      // One line for each time that it goes away: a client tries again every second.
      if (!state.isAway) getLog().error({ reason: error.code ?? error.message }, 'Redis is away');
      state.isAway = true;
      state.why = error.message || (error.code ?? '');
    });
    redis.on('ready', () => {
      if (state.isAway) getLog().info('Redis is back');
      state.isAway = false;
    });
    return redis;
  });

/** The same to the Redis that posted images pass through, which may be another one. */
export function getPassingRedis(): Redis {
  const { redisUrl, passing } = getEnv().jobs;
  if (passing.redisUrl === redisUrl) return getRedis();
  return processWide('passing-redis', () => {
    const redis = connect(FOR_REQUESTS, passing.redisUrl);
    redis.on('error', (error: NodeJS.ErrnoException) => {
      getLog().warn({ reason: error.code ?? error.message }, 'the Redis of posted images is away');
      state.why = error.message || (error.code ?? '');
    });
    return redis;
  });
}

/** A connection whose commands wait until Redis is back, for work that has nobody waiting for its answer. */
export function connectPatiently(): Redis {
  const redis = connect({ maxRetriesPerRequest: null });
  // Without a listener this would end the process. That Redis is away is said by the connection of the requests.
  redis.on('error', () => {});
  return redis;
}

function connect(
  options: { maxRetriesPerRequest: number | null; commandTimeout?: number },
  redisUrl = getEnv().jobs.redisUrl,
): Redis {
  if (redisUrl === undefined) throw new AppError('internal', 'Redis is asked for, but REDIS_URL is not set');
  return new Redis(redisUrl, {
    ...options,
    connectTimeout: PATIENCE_MS,
    retryStrategy: (tries) => Math.min(tries * 100, RETRY_MS),
  });
}

/** Whether Redis was away when it was last needed. */
export const isRedisAway = (): boolean => state.isAway;

/** What the last try of either connection has failed with, in the words of the system or of Redis. */
export const whyRedisIsAway = (): string => state.why;

/**
 * Asks Redis for something.
 *
 * @param connection - by default that of the requests
 * @throws AppError `queue_unavailable` where it is away
 */
export async function askRedis<T>(ask: (redis: Redis) => Promise<T>, connection = getRedis): Promise<T> {
  try {
    return await ask(connection());
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      'queue_unavailable',
      'The waiting line cannot be reached at the moment. Nothing is lost; try again in 10 s.',
      { retryAfterSeconds: 10, cause },
    );
  }
}

/** What a Redis server is, and what of its settings can lose work, as sentences. */
export type RedisReport = { version: string; doubts: string[] };

/**
 * Looks at the server and its settings.
 *
 * @throws AppError `invalid_configuration` where it is too old; `queue_unavailable`
 */
export async function checkRedis(): Promise<RedisReport> {
  const info = await askRedis((redis) => redis.info());
  const read = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const valkey = read('valkey_version');
  const number = valkey ?? read('redis_version') ?? '0';
  const version = `${valkey ? 'Valkey' : 'Redis'} ${number}`;
  if (Number.parseInt(number, 10) < LEAST_MAJOR)
    throw new AppError('invalid_configuration', `REDIS_URL leads to ${version}; ${LEAST_MAJOR} or newer is needed.`);
  const doubts: string[] = [];
  const policy = read('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    doubts.push(
      `Redis may delete waiting work when its memory is full: its maxmemory-policy is ${policy}. Set it to noeviction.`,
    );
  if (read('aof_enabled') === '0')
    doubts.push(
      'Redis forgets what waits when it ends: its append-only file is off. Set appendonly yes. What is stored is queued again, but minutes later.',
    );
  return { version, doubts };
}

/**
 * What is doubted of the Redis that posted images pass through, as sentences.
 *
 * @throws AppError `queue_unavailable`
 */
export async function checkPassingRedis(): Promise<string[]> {
  const { bytes } = getEnv().jobs.passing;
  const info = await askRedis((redis) => redis.info(), getPassingRedis);
  const read = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  const doubts: string[] = [];
  if (read('aof_enabled') === '1')
    doubts.push(
      'Images that are posted to the API pass through a Redis that writes all it gets to its append-only file, and stay there until it rewrites that. REMOTE_REDIS_URL can name another one that writes nothing.',
    );
  const most = Number(read('maxmemory') ?? 0);
  if (most > 0 && most < bytes * HEADROOM)
    doubts.push(
      `The Redis that posted images pass through may use ${most} bytes; REMOTE_MEMORY lets them take ${bytes}. Set its maxmemory to ${Math.ceil(bytes * HEADROOM)} or more, or REMOTE_MEMORY to less.`,
    );
  return doubts;
}

/** Closes the connections of the requests. Whoever asks again opens new ones. */
export function closeRedis(): void {
  if (getEnv().jobs.redisUrl === undefined) return;
  for (const redis of [getPassingRedis(), getRedis()]) redis.disconnect();
  for (const name of ['passing-redis', 'redis']) forgetProcessWide(name);
}
