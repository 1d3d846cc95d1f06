import 'server-only';
import type { Upload } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { writeJson } from '@/lib/server/runs/stored-json';
import { describeUpload, type StoredUpload } from '@/lib/server/uploads/upload-parts';
import { createEditId, keysOf, type SlideRecord, viewIdOf } from './record';
import { assertRoomForSlide } from './room';
import { assertThere, openForEditing } from './stored-slide';

const HOUR_MS = 3_600_000;

/**
 * Begins a slide whose file is yet to come, or was sent for an analysis.
 *
 * @param sample - the shipped sample that it is; null = an upload
 * @returns the id of its edit link, and its record
 * @throws AppError `upload_too_large`, `storage_full` with the bytes that are needed
 */
export async function createSlide(
  upload: SlideRecord['upload'],
  sample: string | null = null,
): Promise<{ id: string; record: SlideRecord }> {
  const { limits, analyses } = getEnv();
  if (upload.bytes > limits.slideBytes)
    throw new AppError(
      'upload_too_large',
      `A file may have ${limits.slideBytes} bytes (${limits.slideBytes / 1e9} GB), got ${upload.bytes}.`,
    );
  await assertRoomForSlide(upload.bytes, { isSent: upload.analysis !== null });
  const id = createEditId();
  const created = {
    id: viewIdOf(id),
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + analyses.keepHours * HOUR_MS).toISOString(),
    sample,
    upload,
  };
  await writeJson(keysOf(created.id).record, created);
  if (upload.analysis === null) await writeJson(keysOf(created.id).open, {});
  return { id, record: { ...created, run: null } };
}

/** @throws AppError `wrong_state` when the upload is over */
export async function describeOpenUpload(id: string): Promise<Upload> {
  const record = await openForEditing(id);
  if (record.run || record.upload.analysis !== null)
    throw new AppError('wrong_state', 'The upload of this slide is over.');
  return describeUpload(uploadOf(record));
}

/** What is sent of a slide, and where it lies. */
export function uploadOf({ id, upload }: SlideRecord): StoredUpload {
  const keys = keysOf(id);
  const folder = upload.analysis === null ? keys.upload : `analyses/${upload.analysis}/upload/`;
  return { ...upload, folder, part: (part) => `${folder}${part}`, open: keys.open };
}

/** The latest moment to which the retention of a slide can be extended. */
export const latestExpiry = ({ createdAt }: SlideRecord): number =>
  Date.parse(createdAt) + getEnv().slides.maxKeepHours * HOUR_MS;

/** When a slide that is changed now is deleted: never earlier than before. */
export function expiryAfterChange(record: SlideRecord): string {
  const renewed = Math.min(Date.now() + getEnv().analyses.keepHours * HOUR_MS, latestExpiry(record));
  return new Date(Math.max(renewed, Date.parse(record.expiresAt))).toISOString();
}

/** Sets how long a slide is kept from now on. @throws AppError `invalid_option` beyond the limit, `read_only` */
export async function keepSlide(id: string, hours: number): Promise<void> {
  const record = await openForEditing(id);
  const expires = Date.now() + hours * HOUR_MS;
  if (expires > latestExpiry(record)) {
    const { maxKeepHours } = getEnv().slides;
    const most = Math.floor((latestExpiry(record) - Date.now()) / HOUR_MS);
    const detail = `A slide is kept for ${maxKeepHours} hours from its upload at most: this one for ${most} more, got ${hours}.`;
    throw new AppError('invalid_option', detail, { fields: [{ pointer: '/hours', detail }] });
  }
  await writeJson(keysOf(record.id).expiry, { expiresAt: new Date(expires).toISOString() });
  await assertThere(record.id);
}
