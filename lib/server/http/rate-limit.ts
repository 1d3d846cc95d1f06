import 'server-only';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { getRedis, REDIS_PREFIX } from '@/lib/server/redis/redis';
import { clientAddress } from './address';

/** Requests of one address in a minute, as multiples of REQUESTS_PER_MINUTE. */
const LIMITS = {
  /** Requests that make work for the pool. */
  analyses: { factor: 1, what: 'analyses' },
  /** Cheap requests: a client may poll several tasks each second. */
  reads: { factor: 20, what: 'requests' },
  /** By links that this server has signed: a viewer that flies across a slide reads a hundred tiles in a second. */
  objects: { factor: 200, what: 'parts of files' },
} as const;
export type LimitName = keyof typeof LIMITS;

const getLimiters = () => processWide('rate-limits', () => new Map<LimitName, RateLimiterAbstract>());

/** One limit for all servers where they share a Redis. While that is away, each counts for itself. */
function createLimiter(name: LimitName, points: number): RateLimiterAbstract {
  const limit = { points, duration: 60 };
  if (getEnv().jobs.provider === 'local') return new RateLimiterMemory(limit);
  return new RateLimiterRedis({
    ...limit,
    storeClient: getRedis(),
    keyPrefix: `${REDIS_PREFIX}:rate:${name}`,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(limit),
  });
}

/** @throws AppError `rate_limited` with the limit and the time to wait */
export async function takeToken(request: Request, name: LimitName): Promise<void> {
  const { factor, what } = LIMITS[name];
  const points = getEnv().limits.requestsPerMinute * factor;
  const limiters = getLimiters();
  const limiter = limiters.get(name) ?? createLimiter(name, points);
  limiters.set(name, limiter);
  try {
    await limiter.consume(clientAddress(request));
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    const seconds = Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
    throw new AppError(
      'rate_limited',
      `${points} ${what} a minute are allowed from one address; try again in ${seconds} s.`,
      { retryAfterSeconds: seconds },
    );
  }
}
