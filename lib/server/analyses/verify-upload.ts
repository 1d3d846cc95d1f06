import 'server-only';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { toProblem } from '@/lib/server/http/problem-answer';
import { hashBytes } from '@/lib/server/readers/hash-bytes';
import { openSlide } from '@/lib/server/readers/open-slide';
import { select } from '@/lib/server/readers/read-image';
import type { SlideSource } from '@/lib/server/readers/slide-source';
import { getStorage } from '@/lib/server/storage';
import { createAnalysis } from './create-analysis';
import { deleteUpload } from './delete-traces';
import { withUpload } from './open-upload';
import { type AnalysisRecord, keysOf } from './record';
import { dropIfDeleted, readRecord, writeRecord } from './stored-analysis';
import { isForLater, keepChoices, keepPixels, SHOWN } from './take-pixels';

/** Errors that the same bytes would lead to again. */
const FAULTS_OF_THE_FILE: readonly ErrorCode[] = [
  'unreadable_image',
  'image_too_large',
  'upload_too_large',
  'invalid_option',
];

/**
 * Checks what was uploaded, and keeps of it the pixels alone. The upload itself is deleted, except where a person has to choose
 * among pictures, or where it has too many pixels for an image: a slide can be made of it, which is read in parts.
 *
 * @throws AppError `upload_incomplete`, `unreadable_image`, `image_too_large`; `queue_full` when too many are checked
 */
export async function verifyUpload(id: string, requestId: string): Promise<void> {
  const record = await readRecord(id);
  if (record.source) return;
  if (record.refusal) throw new AppError('wrong_state', 'This upload was refused already. Begin a new one.');
  try {
    await withUpload(record, SHOWN, (slide, fileSha256) => keepPixelsOrChoices(record, slide, fileSha256));
  } catch (error) {
    // A proxy that lost patience may have asked twice, and the other request was first.
    if ((await readRecord(id)).source) return;
    if (!(error instanceof AppError) || !FAULTS_OF_THE_FILE.includes(error.code)) throw error;
    const isForSlide = error.code === 'image_too_large';
    await writeRecord({ ...record, refusal: toProblem(error, requestId), isForSlide });
    await closeUpload(id, { isKept: isForSlide });
    await dropIfDeleted(id);
    throw error;
  }
  await closeUpload(id, { isKept: (await readRecord(id)).source?.slide != null });
  await dropIfDeleted(id);
}

/** Voids the links of an upload, and deletes it unless it is still to be read. */
async function closeUpload(id: string, { isKept = false } = {}): Promise<void> {
  await getStorage().delete(keysOf(id).openFolder);
  if (!isKept) await deleteUpload(id);
}

/** Takes in a shipped sample, as an upload is taken in. */
export async function createFromSample(sample: string): Promise<string> {
  const bytes = await readSample(sample);
  const record = await createAnalysis(
    { bytes: bytes.byteLength, type: 'application/octet-stream' },
    { isToCome: false, sample },
  );
  const slide = await openSlide(bytes);
  try {
    await keepPixelsOrChoices(record, slide.choose({}), await hashBytes(bytes));
  } finally {
    await slide.close();
  }
  return record.id;
}

const keepPixelsOrChoices = (record: AnalysisRecord, slide: SlideSource, fileSha256: string) =>
  isForLater(slide)
    ? keepChoices(record, slide, fileSha256)
    : keepPixels(record, slide, { description: select(slide, {}), fileSha256 });

const SAMPLE_ENDINGS = ['png', 'jpg', 'webp', 'tif'];

/** @param sample - checked by its schema: letters, digits and dashes, hence no path */
async function readSample(sample: string): Promise<Uint8Array> {
  for (const ending of SAMPLE_ENDINGS) {
    const bytes = await readFile(join(process.cwd(), 'public', 'samples', `${sample}.${ending}`)).catch(() => null);
    if (bytes && bytes.byteLength <= getEnv().limits.uploadBytes) return bytes;
  }
  throw new AppError('not_found', `There is no sample image of the name ${sample}.`);
}
