import 'server-only';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { isDiskFull } from '@/lib/server/disk-full';

export type StoredObject = { body: Readable; bytes: number };
export type ListedObject = { key: string; bytes: number; modified: Date };

/** Bytes of an object, from `offset` on. */
export type ByteRange = { offset: number; length: number };

/**
 * What a presigned PUT allows: a body of this length and media type, while the object `owner` exists. A bucket cannot check
 * the owner, so objects that arrive too late are swept.
 */
export type PutGrant = { bytes: number; type: string; seconds: number; owner: string };
export type PresignedPut = { url: string; headers: Record<string, string> };

/**
 * Stores objects by keys. The server makes the keys, and they are checked (`assertKey`). An object's media type follows from
 * its key (`mediaType`). A presigned URL allows one verb on one object for some seconds. It may be relative.
 *
 * Every method throws AppError `storage_full` or `storage_unavailable`.
 */
export interface Storage {
  /** Writes an object completely or not at all, and replaces one of the same key. A stream must give `bytes` bytes. */
  put(key: string, body: Uint8Array | Readable, bytes?: number): Promise<void>;
  /** Writes an object if there is none of this key. Of several writers at once, on any server, one gets `true`. */
  putNew(key: string, body: Uint8Array): Promise<boolean>;
  /**
   * Opens an object, or a part of it; null when there is none. The caller reads its body to the end or destroys it.
   *
   * @returns `bytes` of the whole object, however much of it was asked for
   */
  get(key: string, range?: ByteRange): Promise<StoredObject | null>;
  /** Lists the objects whose keys start with `prefix`, which ends at a `/`, in any order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Deletes all objects whose keys start with `prefix`, which ends at a `/`. */
  delete(prefix: string): Promise<void>;
  /**
   * The time since an object was written, in ms, by the storage's own clock; null when there is none. The clocks of servers
   * may be hours apart.
   */
  age(key: string): Promise<number | null>;
  presignPut(key: string, grant: PutGrant): Promise<PresignedPut>;
  presignGet(key: string, seconds: number): Promise<string>;
}

/**
 * When a link for reading starts and ends, in seconds since 1970. Links that are made within some minutes are equal, so that
 * a browser finds a picture in its cache. A link is valid for `seconds`, and up to a third longer.
 */
export function linkWindow(seconds: number): { from: number; until: number } {
  const length = Math.max(1, Math.floor(seconds / 3));
  const from = Math.floor(Date.now() / 1000 / length) * length;
  return { from, until: from + length + seconds };
}

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const MAX_SEGMENTS = 8;

/** Whether the server could have made a key: without `.`, `..` and characters that mean something in paths or URLs. */
export function isKey(key: string): boolean {
  const segments = key.split('/');
  return segments.length <= MAX_SEGMENTS && segments.every((segment) => SEGMENT.test(segment));
}

/** Keys never come from a user. This checks it. */
export function assertKey(key: string): void {
  if (!isKey(key)) throw new AppError('internal', `not a storage key: ${JSON.stringify(key.slice(0, 100))}`);
}

/** A prefix is a folder: without the slash at its end, `a/1` would also name what lies under `a/10`. */
export function assertPrefix(prefix: string): void {
  if (!prefix.endsWith('/') || !isKey(prefix.slice(0, -1)))
    throw new AppError('internal', `not a storage prefix: ${JSON.stringify(prefix.slice(0, 100))}`);
}

const MEDIA_TYPES: Record<string, string> = {
  png: 'image/png',
  webp: 'image/webp',
  tif: 'image/tiff',
  json: 'application/json',
};

export function mediaType(key: string): string {
  return MEDIA_TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Reads a whole object into memory; null when there is none. */
export async function readObject(storage: Storage, key: string): Promise<Buffer | null> {
  const object = await storage.get(key);
  if (!object) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(object)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Copies an object into a file at an offset, chunk by chunk.
 *
 * @param onChunk - called with the bytes in their order
 * @returns false when there is no such object, or none of this length
 * @throws AppError `storage_full` when the file's disk is full
 */
export async function copyInto(
  storage: Storage,
  key: string,
  {
    file,
    offset,
    bytes,
    onChunk,
  }: { file: FileHandle; offset: number; bytes: number; onChunk: (chunk: Buffer) => void },
): Promise<boolean> {
  const object = await storage.get(key);
  if (object?.bytes !== bytes) {
    object?.body.destroy();
    return false;
  }
  let at = offset;
  for await (const chunk of chunksOf(object)) {
    if (at + chunk.length > offset + bytes) return false;
    onChunk(chunk);
    await file.write(chunk, 0, chunk.length, at).catch((cause: unknown) => {
      if (!isDiskFull(cause)) throw cause;
      throw new AppError('storage_full', 'The temporary folder of this server is full.', { cause });
    });
    at += chunk.length;
  }
  return at === offset + bytes;
}

async function* chunksOf({ body }: StoredObject): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('storage_unavailable', 'The connection to the storage broke while an object was read.', {
      cause,
    });
  }
}
