import 'server-only';
import type { z } from 'zod';
import type { Upload } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { writeJson } from '@/lib/server/runs/stored-json';
import { describeUpload, type StoredUpload } from '@/lib/server/uploads/upload-parts';
import { type AnalysisRecord, createId, keysOf, type StoredView, viewIdOf } from './record';
import { readRecord, writeRecord } from './stored-analysis';

const HOUR_MS = 3_600_000;

/**
 * Begins an analysis.
 *
 * @param isToCome - whether the image is sent next; else whoever begins it has its pixels
 */
export async function createAnalysis(
  upload: AnalysisRecord['upload'],
  {
    isToCome,
    sample = null,
    scoring = null,
  }: { isToCome: boolean } & Partial<Pick<AnalysisRecord, 'sample' | 'scoring'>>,
): Promise<AnalysisRecord> {
  const { limits, analyses } = getEnv();
  if (upload.bytes > limits.slideBytes)
    throw new AppError(
      'upload_too_large',
      `A file may have ${limits.slideBytes} bytes (${limits.slideBytes / 1e6} MB), got ${upload.bytes}.`,
    );
  const record: AnalysisRecord = {
    id: createId(),
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + analyses.keepHours * HOUR_MS).toISOString(),
    sample,
    hasView: true,
    upload,
    source: null,
    refusal: null,
    isForSlide: false,
    scoring,
    run: null,
  };
  await writeRecord(record);
  const view: z.infer<typeof StoredView> = { analysis: record.id, expiresAt: record.expiresAt };
  await writeJson(keysOf(viewIdOf(record.id)).view, view);
  if (isToCome) await writeJson(keysOf(record.id).open, {});
  return record;
}

/** @throws AppError `wrong_state` when the upload is over */
export async function describeOpenUpload(id: string): Promise<Upload> {
  const record = await readRecord(id);
  if (record.source || record.refusal) throw new AppError('wrong_state', 'The upload of this analysis is over.');
  return describeUpload(uploadOf(record));
}

/** What is sent of an analysis, and where it goes. */
export function uploadOf({ id, upload }: AnalysisRecord): StoredUpload {
  const keys = keysOf(id);
  return { ...upload, folder: keys.upload, part: keys.part, open: keys.open };
}
