import 'server-only';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '@/lib/errors';
import { isDiskFull } from '@/lib/server/disk-full';
import type { ListedObject } from './storage';

/** Gives a draft its name: `rename` replaces what has the name already, `link` fails. */
export type Naming = (from: string, to: string) => Promise<void>;

/** How often a folder is made again when a deletion at the same moment removes it. */
const MAX_ATTEMPTS = 10;

/**
 * Writes a new file and syncs it. It is on the disk before it gets its name, so a crash leaves the old object or the new
 * one, never a part.
 *
 * @param bytes - that a stream must give; undefined = any number
 * @throws AppError `upload_incomplete` for a stream of another length
 */
export async function writeDurably(
  path: string,
  body: Uint8Array | Readable,
  bytes: number | undefined,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await writeFile(handle, body instanceof Readable ? exactly(body, bytes) : body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Passes on a stream of the announced length, and stops at the first byte too many. */
async function* exactly(body: Readable, bytes: number | undefined): AsyncGenerator<Buffer> {
  let got = 0;
  for await (const chunk of body) {
    got += chunk.length;
    if (bytes !== undefined && got > bytes) break;
    yield chunk;
  }
  if (bytes !== undefined && got !== bytes)
    throw new AppError('upload_incomplete', `${bytes} bytes were announced, ${got > bytes ? 'more' : got} arrived.`);
}

/** Gives a file its name in a folder, which is made if it is missing. The name is synced to the disk, too. */
export async function nameDurably(naming: Naming, from: string, to: string, attempts = MAX_ATTEMPTS): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await naming(from, to);
  } catch (error) {
    // A deletion at the same moment may have removed the folder that was just made.
    if (!isMissing(error) || attempts === 1) throw error;
    return nameDurably(naming, from, to, attempts - 1);
  }
  await syncFolder(dirname(to));
}

/** Some file systems cannot sync a folder and keep its names anyway. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Lists the files under a folder, of which some may be deleted meanwhile.
 *
 * @param prefix - put before the names
 */
export async function* listFiles(folder: string, prefix: string): AsyncGenerator<ListedObject> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (isMissing(error)) return [];
    throw storageError(error);
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* listFiles(path, `${prefix}${entry.name}/`);
    else {
      const found = await stat(path).catch(() => null);
      if (found) yield { key: `${prefix}${entry.name}`, bytes: found.size, modified: found.mtime };
    }
  }
}

export const isMissing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export const isThere = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Makes the error that users of the storage get of a failure of the file system. */
export function storageError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  if (isDiskFull(cause))
    return new AppError('storage_full', 'The storage of this server is full; nothing was stored.', { cause });
  return new AppError('storage_unavailable', `The storage of this server failed (${code ?? 'unknown'}).`, { cause });
}
