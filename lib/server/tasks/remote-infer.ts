import 'server-only';
import { z } from 'zod';
import { IMAGE_NAMES } from '@/lib/contracts/infer';
import { InferOptions } from '@/lib/contracts/options';
import { AppError } from '@/lib/errors';
import { getSharedQueue } from '@/lib/server/jobs';
import { defineJob } from '@/lib/server/jobs/define-job';
import { NotNow } from '@/lib/server/jobs/not-now';
import { holdPassage, isPassed, passAnswer, readPassed } from '@/lib/server/jobs/passed-bytes';
import { createPassingQueue, type PassingQueue } from '@/lib/server/jobs/passing-queue';
import { ImageFile } from '@/lib/server/readers/read-image';
import type { ComposedResult } from '@/lib/server/results/compose-result';
import { analysePosted } from './infer-job';
import { readOptions } from './task-options';

/** What has silenced so many workers is held to be the reason. */
const MAX_STALLS = 3;
/** Where Redis is away, the work is done again later. */
const AGAIN_MS = 2_000;
/** Room for an answer: seven pictures of stained tissue have 5 to 8 bytes a pixel. */
const ANSWER_BYTES_PER_PIXEL = 8;
/** One without pictures: numbers, and what is listed of the nuclei. */
const SLIM_BYTES_PER_PIXEL = 2;
const LEAST_ANSWER_BYTES = 2 ** 16;

/** `INFER_JOB` for any worker: the image comes out of Redis, and the answer goes there. */
export const REMOTE_INFER_JOB = defineJob({
  name: 'infer-posted',
  schema: z.object({ id: z.string(), options: InferOptions }),
  judgesStalls: true,
  handler: async ({ id, options }, context): Promise<void> => {
    if (context.stalls >= MAX_STALLS)
      throw new AppError(
        'interrupted',
        `The image has stopped its worker ${context.stalls} times, so it was given up. It may need more memory than the workers have.`,
      );
    try {
      await holdPassage(id);
      const bytes = await readPassed(id, 'image');
      // Its worker was lost after it had passed on the answer.
      if (!bytes && (await isPassed(id, 'answer'))) return;
      if (!bytes)
        throw new AppError('interrupted', 'The image is no longer there: nobody has waited for its answer any more.');
      const image = new ImageFile(bytes, readOptions(options, 'img'));
      const release = () => void image.close();
      const result = await analysePosted({ bytes, image, release }, options, context).finally(release);
      context.signal.throwIfAborted();
      await passAnswer(id, packResult(result));
    } catch (error) {
      if (error instanceof AppError && error.code === 'queue_unavailable') throw new NotNow(AGAIN_MS);
      throw error;
    }
  },
});

/** The queue of images that workers analyse: that of the analyses of the site, so that both wait in one line. */
export const remoteQueue = (): PassingQueue<ComposedResult> =>
  createPassingQueue(getSharedQueue('images'), unpackResult);

/** Room to keep for the answer. @param pixels - of the image */
export const answerBytes = (pixels: number, { slim }: Pick<InferOptions, 'slim'>): number =>
  LEAST_ANSWER_BYTES + pixels * (slim ? SLIM_BYTES_PER_PIXEL : ANSWER_BYTES_PER_PIXEL);

/** What the parts are of which a packed result consists. */
const Header = z.object({
  images: z.array(z.object({ name: z.enum(IMAGE_NAMES), bytes: z.int() })),
  rest: z.int(),
  lists: z.int().nullable(),
});

/** The length of a header, the header, pictures, the rest, and lists. */
export function packResult({ images, rest, lists }: ComposedResult): Uint8Array[] {
  const described: z.infer<typeof Header> = {
    images: images.map(({ name, png }) => ({ name, bytes: png.byteLength })),
    rest: rest.byteLength,
    lists: lists?.byteLength ?? null,
  };
  const header = Buffer.from(JSON.stringify(described));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return [length, header, ...images.map(({ png }) => png), rest, ...(lists ? [lists] : [])];
}

export function unpackResult(packed: Buffer): ComposedResult {
  let at = 4;
  const take = (bytes: number) => {
    at += bytes;
    return packed.subarray(at - bytes, at);
  };
  const { images, rest, lists } = Header.parse(JSON.parse(take(packed.readUInt32LE(0)).toString()));
  return {
    images: images.map(({ name, bytes }) => ({ name, png: take(bytes) })),
    rest: take(rest),
    lists: lists === null ? null : take(lists),
  };
}
