import 'server-only';
import { statfs } from 'node:fs/promises';
import { AppError } from '@/lib/errors';
import { processWide } from '@/lib/server/process-wide';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';

const promised = processWide('promised-bytes', () => ({ sum: 0 }));

/**
 * Does work that writes this many bytes into a temporary folder, if there is room for them. Bytes that others are about
 * to write count as taken, also where they are partly written. Idle slides are closed to make room.
 *
 * @param what - as in "To unpack this ZIP"
 * @throws AppError `storage_full` with the bytes that are needed and those that are free
 */
export async function withRoom<T>(folder: string, bytes: number, what: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const { bavail, bsize } = await statfs(folder);
    const free = Math.max(0, bavail * bsize - promised.sum);
    if (free >= bytes) break;
    if (!(await getSharedSlides().closeLongestIdle()))
      throw new AppError(
        'storage_full',
        `${what} takes ${bytes} bytes of the server's temporary folder, which has ${free} free.`,
      );
  }
  promised.sum += bytes;
  try {
    return await work();
  } finally {
    promised.sum -= bytes;
  }
}
