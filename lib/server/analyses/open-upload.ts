import 'server-only';
import { join } from 'node:path';
import { AppError } from '@/lib/errors';
import { currentClient } from '@/lib/server/current-client';
import { FairLine } from '@/lib/server/jobs/fair-line';
import { processWide } from '@/lib/server/process-wide';
import { openSlide } from '@/lib/server/readers/open-slide';
import { getSharedSlides, holdingSlide } from '@/lib/server/readers/shared-slides';
import type { ImageChoice, OpenSlide, SlideSource } from '@/lib/server/readers/slide-source';
import { makeTempFolder } from '@/lib/server/readers/temp/temp-folder';
import { joinParts } from '@/lib/server/uploads/join-parts';
import { describeUpload } from '@/lib/server/uploads/upload-parts';
import { uploadOf } from './create-analysis';
import { openUploadKey } from './delete-traces';
import type { AnalysisRecord } from './record';
import { FILES_AT_ONCE, workOnFile } from './short-work';
import { dropIfDeleted } from './stored-analysis';

type OpenUpload = OpenSlide & { fileSha256: string };

/**
 * Places for joined uploads in the temporary folder. As many as are read at once, and all are admitted: so nobody waits
 * for longer than it takes to close an idle one.
 */
const LIMITS = { places: FILES_AT_ONCE, waiting: 0, what: 'uploads wait to be opened', retrySeconds: 10 };

/**
 * Reads a picture of what was uploaded. Its parts are joined in a temporary file, which stays with the open slide: who
 * comes next to this server for the same upload finds it open, unless it was idle for long or others needed the room.
 * However large the slide, no more of it is in memory than what a reader is asked for.
 *
 * @throws AppError `upload_incomplete`, `unreadable_image`, `image_too_large`, `upload_too_large`, `storage_full`,
 *   `invalid_option`; `queue_full` when too many are being read
 */
export async function withUpload<T>(
  record: AnalysisRecord,
  choice: ImageChoice,
  read: (slide: SlideSource, fileSha256: string) => Promise<T>,
): Promise<T> {
  const { missing, parts } = await describeUpload(uploadOf(record));
  if (missing.length > 0 && record.source)
    throw new AppError('wrong_state', 'The file of this analysis became a slide, which is kept by itself.');
  if (missing.length > 0)
    throw new AppError('upload_incomplete', `${missing.length} of ${parts} parts of the upload have not arrived.`);
  return workOnFile(async () => {
    try {
      const open = () => openUpload(record);
      return await getSharedSlides().use(openUploadKey(record.id), open, (upload) =>
        read(upload.choose(choice), upload.fileSha256),
      );
    } finally {
      // What was stored of an analysis that was deleted meanwhile goes the same way.
      await dropIfDeleted(record.id);
    }
  });
}

async function openUpload(record: AnalysisRecord): Promise<OpenUpload> {
  const line = processWide('joined-uploads', () => new FairLine(LIMITS));
  const place = await line.enter({ client: currentClient(), isAdmitted: true });
  let remove = async () => place.leave();
  try {
    const folder = await makeTempFolder();
    remove = () => folder.remove().finally(place.leave);
    const path = join(folder.root, 'upload');
    const fileSha256 = await joinParts(uploadOf(record), folder.root, path);
    const slide = await openSlide({ path }, { isAdmitted: true });
    return { ...holdingSlide(slide, remove, place), fileSha256 };
  } catch (error) {
    await remove();
    throw error;
  }
}
