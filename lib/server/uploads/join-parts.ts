import 'server-only';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { AppError } from '@/lib/errors';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { getStorage } from '@/lib/server/storage';
import { copyInto } from '@/lib/server/storage/storage';
import { partsOf, type StoredUpload } from './upload-parts';

/**
 * Joins the parts of an upload to one file.
 *
 * @param folder - where the file will be
 * @returns the SHA-256 of the file
 * @throws AppError `upload_incomplete`, `storage_full` with the bytes that are needed; the reason of `signal`
 */
export async function joinParts(
  upload: StoredUpload,
  folder: string,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  await withRoom(folder, upload.bytes, 'To open this file', async () => {
    const file = await open(path, 'wx', 0o600);
    try {
      for (const { part, offset, bytes } of partsOf(upload.bytes)) {
        signal?.throwIfAborted();
        const onChunk = (chunk: Buffer) => hash.update(chunk);
        const arrived = await copyInto(getStorage(), upload.part(part), { file, offset, bytes, onChunk });
        if (!arrived)
          throw new AppError('upload_incomplete', `Part ${part} of the upload is missing or damaged. Send it again.`);
      }
    } finally {
      await file.close();
    }
  });
  return hash.digest('hex');
}
