import 'server-only';
import { randomUUID } from 'node:crypto';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { askRedis, getPassingRedis, REDIS_PREFIX, type Redis } from '@/lib/server/redis/redis';

/** What lies in Redis of a job: what was posted, then what came of it. */
type Part = 'image' | 'answer';

/** Redis does one command after another: one of a whole image would hold up all others. */
const CHUNK_BYTES = 2 ** 20;
/** So long it stays when nobody says any more that it is needed. */
const LIFETIME_MS = 10 * 60_000;
/** An answer makes room for others only when whoever waits for it has had so long to fetch it. */
const FETCH_MS = 30_000;
const RETRY_SECONDS = 10;

/** Bytes that each job takes or will take, by its id; and when those ended that have, on the clock of Redis. */
const LEDGER = [`${REDIS_PREFIX}:passed-bytes`, `${REDIS_PREFIX}:passed-ended`] as const;
const PARTS = `${REDIS_PREFIX}:passed:`;
const keyOf = (id: string, part: Part | 'held') => `${PARTS}${id}:${part}`;

const FUNCTIONS = `
local function drop(id)
  redis.call('UNLINK', '${PARTS}' .. id .. ':image', '${PARTS}' .. id .. ':answer', '${PARTS}' .. id .. ':held')
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** ARGV: id, bytes, limit, lifetime, time to fetch. Returns -1, or what the others take where there is no room. */
const RESERVE = `${FUNCTIONS}
local sum, wanted, limit = 0, tonumber(ARGV[2]), tonumber(ARGV[3])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if redis.call('EXISTS', '${PARTS}' .. all[i] .. ':held') == 0 then drop(all[i]) else sum = sum + all[i + 1] end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5])) do
  if sum + wanted <= limit then break end
  sum = sum - redis.call('HGET', KEYS[1], id)
  drop(id)
end
if sum + wanted > limit then return sum end
redis.call('HSET', KEYS[1], ARGV[1], wanted)
redis.call('SET', '${PARTS}' .. ARGV[1] .. ':held', '', 'PX', ARGV[4])
return -1
`;

/** KEYS: the ledger, the answer as it was written. ARGV: id, bytes, lifetime. Nothing stays of one that was dropped meanwhile. */
const FINISH = `${FUNCTIONS}
local held, answer = '${PARTS}' .. ARGV[1] .. ':held', '${PARTS}' .. ARGV[1] .. ':answer'
if redis.call('EXISTS', held) == 0 then return redis.call('UNLINK', KEYS[3]) end
redis.call('RENAME', KEYS[3], answer)
redis.call('UNLINK', '${PARTS}' .. ARGV[1] .. ':image')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', held, ARGV[3])
redis.call('PEXPIRE', answer, ARGV[3])
return 1
`;

/** Never without an end: whoever writes may die in the midst of it. */
const APPEND = `redis.call('RPUSH', KEYS[1], ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const DROP = `${FUNCTIONS} drop(ARGV[1])`;

/** @throws AppError `queue_full` where Redis has no memory left, `queue_unavailable` */
function ask<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  return askRedis(
    (redis) =>
      work(redis).catch((cause: unknown) => {
        if (!(cause instanceof Error) || !/\bOOM\b/.test(cause.message)) throw cause;
        throw full('Redis has no memory left for images on their way to workers', cause);
      }),
    getPassingRedis,
  );
}

const full = (why: string, cause?: unknown) =>
  new AppError('queue_full', `${why}; try again in ${RETRY_SECONDS} s.`, { retryAfterSeconds: RETRY_SECONDS, cause });

/**
 * Keeps room in Redis for an image and its answer. Answers that nobody has fetched make room, the oldest first.
 *
 * @param id - of the job
 * @throws AppError `queue_full`, `image_too_large` where there will never be room, `queue_unavailable`
 */
export async function reservePassage(id: string, bytes: number): Promise<void> {
  const limit = getEnv().jobs.passing.bytes;
  if (bytes > limit)
    throw new AppError(
      'image_too_large',
      `The image and its answer may take ${bytes} bytes on their way to a worker; at most ${limit} are passed on.`,
    );
  const taken = await ask((redis) =>
    redis.eval(RESERVE, LEDGER.length, ...LEDGER, id, Math.ceil(bytes), limit, LIFETIME_MS, FETCH_MS),
  );
  if (taken !== -1)
    throw full(`Images and answers on their way between processes may take ${limit} bytes, and ${taken} are taken`);
}

/** Says that a job is still waited for: what lies in Redis of it stays for some minutes more. */
export async function holdPassage(id: string): Promise<void> {
  await ask((redis) =>
    redis.multi().pexpire(keyOf(id, 'held'), LIFETIME_MS).pexpire(keyOf(id, 'image'), LIFETIME_MS).exec(),
  );
}

export const HOLD_MS = LIFETIME_MS / 4;

export const passImage = (id: string, image: Uint8Array): Promise<void> => write(keyOf(id, 'image'), [image]);

/** Puts the answer in place of the image. Done twice, it ends with the same. */
export async function passAnswer(id: string, parts: readonly Uint8Array[]): Promise<void> {
  const written = `${keyOf(id, 'answer')}:${randomUUID()}`;
  await write(written, parts);
  const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const keepMs = getEnv().jobs.keepSeconds * 1000;
  await ask((redis) => redis.eval(FINISH, LEDGER.length + 1, ...LEDGER, written, id, bytes, keepMs));
}

/** @returns null where there is none, or none any more */
export async function readPassed(id: string, part: Part): Promise<Buffer | null> {
  const key = keyOf(id, part);
  const count = await ask((redis) => redis.llen(key));
  const chunks: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const chunk = await ask((redis) => redis.lindexBuffer(key, i));
    if (chunk === null) return null;
    chunks.push(chunk);
  }
  return count === 0 ? null : Buffer.concat(chunks);
}

export const isPassed = async (id: string, part: Part): Promise<boolean> =>
  (await ask((redis) => redis.exists(keyOf(id, part)))) === 1;

/** Deletes all that lies in Redis of a job. */
export async function dropPassed(id: string): Promise<void> {
  await ask((redis) => redis.eval(DROP, LEDGER.length, ...LEDGER, id));
}

async function write(key: string, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts)
    for (let from = 0; from < part.byteLength; from += CHUNK_BYTES) {
      const bytes = part.subarray(from, from + CHUNK_BYTES);
      // Sockets do not take shared memory.
      const chunk = bytes.buffer instanceof SharedArrayBuffer ? Buffer.from(bytes) : toBuffer(bytes);
      await ask((redis) => redis.eval(APPEND, 1, key, chunk, LIFETIME_MS));
    }
}

const toBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
