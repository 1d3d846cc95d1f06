import 'server-only';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@/lib/errors';
import { findSlideSample, markerOf } from '@/lib/samples';
import { getStorage } from '@/lib/server/storage';
import { partsOf } from '@/lib/server/uploads/upload-parts';
import { createSlide, uploadOf } from './create-slide';
import { deleteSlide, ingestSlide } from './ingest-slide';
import { beginSettings } from './scoring/settings';

/**
 * Begins a slide of a shipped sample and queues its ingest, as if it had been sent. Whoever asks gets a slide of their own.
 *
 * @param sample - checked by its schema: letters, digits and dashes, hence no path
 * @returns the id of its edit link
 * @throws AppError `not_found`, `queue_full`, `storage_full`
 */
export async function createFromSample(sample: string, requestId: string): Promise<string> {
  const bytes = await readFile(join(process.cwd(), 'public', 'samples', `${sample}.tif`)).catch(() => null);
  if (!bytes) throw new AppError('not_found', `There is no sample slide of the name ${sample}.`);
  const { id, record } = await createSlide({ bytes: bytes.byteLength, type: 'image/tiff', analysis: null }, sample);
  try {
    const upload = uploadOf(record);
    for (const { part, offset, bytes: length } of partsOf(bytes.byteLength))
      await getStorage().put(upload.part(part), bytes.subarray(offset, offset + length));
    const known = findSlideSample(sample);
    if (known) await beginSettings(record.id, { marker: markerOf(known) });
    await ingestSlide(id, {}, requestId);
  } catch (error) {
    // Nobody has the address yet.
    await deleteSlide(id).catch(() => undefined);
    throw error;
  }
  return id;
}
