import 'server-only';
import { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from '@/lib/errors';
import { REDIS_PREFIX } from '@/lib/server/redis/redis';

/** How BullMQ's keys begin. */
export const PREFIX = REDIS_PREFIX;

/** What Redis keeps of a job besides its name and id. */
export type SharedData = {
  data: unknown;
  client: string;
  /** null: the job is worked on alone. JSON has no infinite number. */
  pixels: number | null;
};

/** Set where somebody wants a job to stop. */
export const cancelKey = (id: string) => `${REDIS_PREFIX}:cancel:${id}`;
/** There while some process has said of late that it works on a queue. */
export const servedKey = (queue: string) => `${REDIS_PREFIX}:served:${queue}`;
/** What a job has taken of late, in seconds: a moving mean of all workers. */
export const typicalKey = (queue: string) =>
  queue === 'jobs' ? `${REDIS_PREFIX}:typical-seconds` : `${REDIS_PREFIX}:typical-seconds:${queue}`;

const Failure = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && code in ERRORS),
  detail: z.string(),
});

/** BullMQ keeps the message of the error that a job has failed with: ours holds all that `AppError` needs. */
export const failureOf = ({ code, detail }: AppError) => new Error(JSON.stringify({ code, detail }));

export function errorOf(reason: string): AppError {
  try {
    const { code, detail } = Failure.parse(JSON.parse(reason));
    return new AppError(code, detail);
  } catch {
    // BullMQ's own words, of a job that it has given up.
    return new AppError('interrupted', `The work was given up: ${reason}`);
  }
}
