import 'server-only';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import type { JobDefinition } from './define-job';
import { dropPassed, HOLD_MS, holdPassage, passImage, readPassed, reservePassage } from './passed-bytes';
import type { JobQueue, JobSnapshot } from './queue';

const RETRY_SECONDS = 10;

/** A shared queue of jobs whose bytes pass through Redis: they are never stored. */
export type PassingQueue<Result> = JobQueue<Result> & {
  /**
   * Takes a job that has bytes. Its data has the id under which they lie, too.
   *
   * @param answerBytes - room that is kept for the answer
   * @throws AppError `queue_full`, `image_too_large`, `not_ready` where no worker is there, `queue_unavailable`
   */
  submitWith<Schema extends z.ZodType>(
    bytes: Uint8Array,
    job: JobDefinition<Schema, void>,
    data: Omit<z.input<Schema>, 'id'>,
    size: { pixels: number; answerBytes: number },
  ): Promise<string>;
};

export const noWorker = () =>
  new AppError(
    'not_ready',
    `Images are analysed by workers here, and none has been seen for ${getEnv().jobs.silentSeconds} s. Try again in ${RETRY_SECONDS} s.`,
    { retryAfterSeconds: RETRY_SECONDS },
  );

/** @param read - makes a result of the bytes that its worker has passed on */
export function createPassingQueue<Result>(
  shared: JobQueue<unknown>,
  read: (bytes: Buffer) => Result,
): PassingQueue<Result> {
  async function withResult(id: string, snapshot: JobSnapshot<unknown>): Promise<JobSnapshot<Result>> {
    const known = snapshot as JobSnapshot<Result>;
    if (known.state !== 'SUCCESS') return known;
    const bytes = await readPassed(id, 'answer');
    return bytes ? { ...known, result: read(bytes) } : known;
  }

  /** Keeps what lies in Redis of a job for as long as it has not ended. */
  async function hold(id: string): Promise<void> {
    const timer = setInterval(() => holdPassage(id).catch(() => {}), HOLD_MS).unref();
    try {
      const { state } = await shared.ended(id);
      if (state !== 'SUCCESS') await dropPassed(id);
    } finally {
      clearInterval(timer);
    }
  }

  return {
    ...(shared as JobQueue<Result>),
    async submitWith(bytes, job, data, { pixels, answerBytes }) {
      const id = randomBytes(16).toString('base64url');
      if (!(await shared.isServed())) throw noWorker();
      // Asked before anything is sent; two that ask at once may both be told that there is room.
      await shared.assertRoom(pixels);
      await reservePassage(id, bytes.byteLength + answerBytes);
      try {
        await passImage(id, bytes);
        await shared.submit(job as JobDefinition<z.ZodType, unknown>, { ...data, id }, { pixels, mark: id });
      } catch (error) {
        await dropPassed(id).catch(() => {});
        throw error;
      }
      void hold(id).catch(() => {});
      return id;
    },
    async get(id) {
      const snapshot = await shared.get(id);
      return snapshot && withResult(id, snapshot);
    },
    ended: async (id) => withResult(id, await shared.ended(id)),
    async cancel(id) {
      await shared.cancel(id);
      if ((await shared.get(id))?.state === 'REVOKED') await dropPassed(id);
    },
    async forget(id) {
      await shared.forget(id);
      if ((await shared.get(id)) === undefined) await dropPassed(id);
    },
  };
}
