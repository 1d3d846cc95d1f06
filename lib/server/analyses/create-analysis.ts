import 'server-only';
import { TERMS_COOKIE, TERMS_HEADER, TERMS_VERSION } from '@/lib/contracts/analysis';
import { PART_BYTES, type Upload, type UploadPart } from '@/lib/contracts/upload';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from './describe-analysis';
import { type AnalysisRecord, createId, keysOf } from './record';
import { readRecord, writeJson, writeRecord } from './stored-analysis';

const HOUR_MS = 3_600_000;

/** @throws AppError `terms_not_accepted` unless the site's cookie or a program's header says that they were. */
export function assertTerms(request: Request): void {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const isAccepted =
    request.headers.get(TERMS_HEADER) === TERMS_VERSION || cookies.includes(`${TERMS_COOKIE}=${TERMS_VERSION}`);
  if (!isAccepted)
    throw new AppError(
      'terms_not_accepted',
      `Images are taken once the terms of use are accepted: on the site, or with the header ${TERMS_HEADER}: ${TERMS_VERSION}.`,
    );
}

/** Begins an analysis whose image is yet to come. */
export async function createAnalysis(upload: AnalysisRecord['upload'], sample: string | null): Promise<AnalysisRecord> {
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
    upload,
    source: null,
    refusal: null,
    run: null,
  };
  await writeRecord(record);
  if (sample === null) await writeJson(keysOf(record.id).open, {});
  return record;
}

/** @throws AppError `wrong_state` when the upload is over */
export async function describeOpenUpload(id: string): Promise<Upload> {
  const record = await readRecord(id);
  if (record.source || record.refusal) throw new AppError('wrong_state', 'The upload of this analysis is over.');
  return describeUpload(record);
}

/** The parts that have not arrived whole, each with a fresh link. */
export async function describeUpload({ id, upload }: AnalysisRecord): Promise<Upload> {
  const keys = keysOf(id);
  const arrived = new Map<string, number>();
  for await (const { key, bytes } of getStorage().list(keys.upload)) arrived.set(key, bytes);
  const parts = partsOf(upload.bytes);
  const missing = parts.filter(({ part, bytes }) => arrived.get(keys.part(part)) !== bytes);
  return {
    bytes: upload.bytes,
    parts: parts.length,
    expires_at: new Date(Date.now() + LINK_SECONDS * 1000).toISOString(),
    missing: await Promise.all(
      missing.map(async ({ part, offset, bytes }): Promise<UploadPart> => {
        const grant = { bytes, type: upload.type, seconds: LINK_SECONDS, owner: keys.open };
        return { part, offset, bytes, method: 'PUT', ...(await getStorage().presignPut(keys.part(part), grant)) };
      }),
    ),
  };
}

/** Parts of `PART_BYTES`, the last one shorter. */
export function partsOf(bytes: number): { part: number; offset: number; bytes: number }[] {
  return Array.from({ length: Math.ceil(bytes / PART_BYTES) }, (_, i) => {
    const offset = i * PART_BYTES;
    return { part: i + 1, offset, bytes: Math.min(PART_BYTES, bytes - offset) };
  });
}
