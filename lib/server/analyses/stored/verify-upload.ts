import 'server-only';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { takeByteLease } from '@/lib/server/http/byte-lease';
import { toProblem } from '@/lib/server/http/problem';
import { encodePng } from '@/lib/server/images/encode-png';
import { encodeThumbnail } from '@/lib/server/images/encode-thumbnail';
import { describeImage, readImage } from '@/lib/server/slides/read-image';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';
import { createAnalysis, describeUpload, partsOf } from './create-analysis';
import { type AnalysisRecord, keysOf } from './record';
import { runShortJob } from './short-jobs';
import { dropIfDeleted, readRecord, writeRecord } from './store';

/**
 * Checks what was uploaded, and keeps of it the pixels alone: decoded, and encoded anew without loss, so that no
 * metadata, label or second page of the file remains. The upload itself is deleted, whatever the outcome.
 *
 * @throws AppError `upload_incomplete`, `unreadable_image`, `image_too_large`; `queue_full` when too many are checked
 */
export async function verifyUpload(id: string, requestId: string): Promise<void> {
  const record = await readRecord(id);
  if (record.source) return;
  if (record.refusal) throw new AppError('wrong_state', 'This upload was refused already. Begin a new one.');
  const lease = takeByteLease();
  try {
    lease.grow(record.upload.bytes);
    await takeIn(record, await readParts(record), requestId);
  } finally {
    lease.release();
  }
}

/** A shipped sample, on the way that an upload goes. */
export async function createFromSample(sample: string, requestId: string): Promise<string> {
  const bytes = await readSample(sample);
  const record = await createAnalysis({ bytes: bytes.byteLength, type: 'application/octet-stream' }, sample);
  await takeIn(record, bytes, requestId);
  return record.id;
}

/** After these there is no use in trying again with the same bytes. */
const FAULTS_OF_THE_FILE: readonly ErrorCode[] = ['unreadable_image', 'image_too_large', 'invalid_option'];

async function takeIn(record: AnalysisRecord, bytes: Uint8Array, requestId: string): Promise<void> {
  const keys = keysOf(record.id);
  try {
    const { width, height } = await describeImage(bytes);
    await runShortJob(width * height, () => keepPixels(record, bytes));
  } catch (error) {
    if (!(error instanceof AppError) || !FAULTS_OF_THE_FILE.includes(error.code)) throw error;
    await writeRecord({ ...record, refusal: toProblem(error, requestId) });
    await getStorage().delete(keys.upload);
    await dropIfDeleted(record.id);
    throw error;
  }
  await getStorage().delete(keys.upload);
  await dropIfDeleted(record.id);
}

async function keepPixels(record: AnalysisRecord, bytes: Uint8Array): Promise<void> {
  const keys = keysOf(record.id);
  const storage = getStorage();
  const { raster: image, pixelSize } = await readImage(bytes);
  const thumbnail = await encodeThumbnail(image);
  await storage.put(keys.source, await encodePng(image));
  await storage.put(keys.thumbnail, thumbnail.bytes);
  // Asked for again, since the answer may have changed while the pixels were encoded: a deleted one stays deleted.
  await writeRecord({
    ...(await readRecord(record.id)),
    source: {
      width: image.width,
      height: image.height,
      micronsPerPixel: pixelSize?.micronsPerPixel ?? null,
      micronsPerPixelSource: pixelSize?.statedBy ?? null,
      thumbnail: { width: thumbnail.width, height: thumbnail.height },
    },
  });
}

async function readParts(record: AnalysisRecord): Promise<Uint8Array> {
  const { missing, parts } = await describeUpload(record);
  const incomplete = () =>
    new AppError('upload_incomplete', `${missing.length} of ${parts} parts of the upload have not arrived.`);
  if (missing.length > 0) throw incomplete();
  const whole = Buffer.allocUnsafe(record.upload.bytes);
  for (const { part, offset, bytes } of partsOf(record.upload.bytes)) {
    const arrived = await readObject(getStorage(), keysOf(record.id).part(part));
    if (arrived?.byteLength !== bytes) throw incomplete();
    whole.set(arrived, offset);
  }
  return whole;
}

const SAMPLE_ENDINGS = ['png', 'jpg', 'webp', 'tif'];

/** @param sample - checked by its schema: letters, digits and dashes, hence no path */
async function readSample(sample: string): Promise<Uint8Array> {
  for (const ending of SAMPLE_ENDINGS) {
    const bytes = await readFile(join(process.cwd(), 'public', 'samples', `${sample}.${ending}`)).catch(() => null);
    if (bytes && bytes.byteLength <= getEnv().limits.uploadBytes) return bytes;
  }
  throw new AppError('not_found', `There is no sample image of the name ${sample}.`);
}
