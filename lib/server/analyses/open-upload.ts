import 'server-only';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@/lib/errors';
import type { Choice } from '@/lib/server/readers/bioformats/bioformats-reader';
import { openSlide } from '@/lib/server/readers/choose-reader';
import { hashFile } from '@/lib/server/readers/hash-file';
import type { SlideSource } from '@/lib/server/readers/slide-source';
import { makeTempFolder } from '@/lib/server/readers/temp/temp-folder';
import { withRoom } from '@/lib/server/readers/temp/temp-room';
import { getStorage } from '@/lib/server/storage';
import { copyInto } from '@/lib/server/storage/storage';
import { describeUpload, partsOf } from './create-analysis';
import { type AnalysisRecord, keysOf } from './record';
import { workOnFile } from './short-work';
import { dropIfDeleted } from './store';

/**
 * Opens what was uploaded. Its parts are joined in a temporary file, which is gone when `use` is over: however large the
 * slide, no more of it is in memory than what a reader is asked for.
 *
 * @throws AppError `upload_incomplete`, `unreadable_image`, `image_too_large`, `upload_too_large`, `storage_full`;
 *   `queue_full` when too many are being opened
 */
export async function withUpload<T>(
  record: AnalysisRecord,
  choice: Choice,
  use: (slide: SlideSource, fileSha256: string) => Promise<T>,
): Promise<T> {
  const { missing, parts } = await describeUpload(record);
  if (missing.length > 0)
    throw new AppError('upload_incomplete', `${missing.length} of ${parts} parts of the upload have not arrived.`);
  return workOnFile(async () => {
    const folder = await makeTempFolder();
    try {
      const path = join(folder.root, 'upload');
      await joinParts(record, folder.root, path);
      const fileSha256 = record.source?.fileSha256 ?? (await hashFile(path));
      const slide = await openSlide({ path }, { ...choice, isAdmitted: true });
      try {
        return await use(slide, fileSha256);
      } finally {
        await slide.close();
      }
    } finally {
      await folder.remove();
      // What was stored of an analysis that was deleted meanwhile goes the same way.
      await dropIfDeleted(record.id);
    }
  });
}

async function joinParts({ id, upload }: AnalysisRecord, folder: string, path: string): Promise<void> {
  await withRoom(folder, upload.bytes, 'To open this file', async () => {
    const file = await open(path, 'wx', 0o600);
    try {
      for (const { part, offset, bytes } of partsOf(upload.bytes)) {
        const arrived = await copyInto(getStorage(), keysOf(id).part(part), { file, offset, bytes });
        if (!arrived)
          throw new AppError('upload_incomplete', `Part ${part} of the upload is gone or torn. Send it again.`);
      }
    } finally {
      await file.close();
    }
  });
}
