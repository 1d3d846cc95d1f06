import 'server-only';
import { PART_BYTES, type Upload, type UploadPart } from '@/lib/contracts/upload';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from './link-seconds';

/** A file that is sent in parts, and where these lie. */
export type StoredUpload = {
  bytes: number;
  /** Its media type. */
  type: string;
  folder: string;
  /** The key of a part, from 1. */
  part: (part: number) => string;
  /** The object that is there as long as parts may come. */
  open: string;
};

/** The parts that have not arrived whole, each with a fresh link. */
export async function describeUpload(upload: StoredUpload): Promise<Upload> {
  const arrived = new Map<string, number>();
  for await (const { key, bytes } of getStorage().list(upload.folder)) arrived.set(key, bytes);
  const parts = partsOf(upload.bytes);
  const missing = parts.filter(({ part, bytes }) => arrived.get(upload.part(part)) !== bytes);
  return {
    bytes: upload.bytes,
    parts: parts.length,
    expires_at: new Date(Date.now() + LINK_SECONDS * 1000).toISOString(),
    missing: await Promise.all(
      missing.map(async ({ part, offset, bytes }): Promise<UploadPart> => {
        const grant = { bytes, type: upload.type, seconds: LINK_SECONDS, owner: upload.open };
        return { part, offset, bytes, method: 'PUT', ...(await getStorage().presignPut(upload.part(part), grant)) };
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
