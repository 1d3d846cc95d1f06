import 'server-only';
import type { z } from 'zod';
import { AppError } from '@/lib/errors';
import { getStorage } from '@/lib/server/storage';
import { readObject } from '@/lib/server/storage/storage';

export async function exists(key: string): Promise<boolean> {
  const object = await getStorage().get(key);
  object?.body.destroy();
  return object !== null;
}

export function writeJson(key: string, value: unknown): Promise<void> {
  return getStorage().put(key, Buffer.from(JSON.stringify(value)));
}

/** Writes an object where there is none. Of several servers at once one gets `true`. */
export function writeNewJson(key: string, value: unknown): Promise<boolean> {
  return getStorage().putNew(key, Buffer.from(JSON.stringify(value)));
}

/** @returns null where there is no such object */
export async function readJson<T>(key: string, schema: z.ZodType<T>): Promise<T | null> {
  const bytes = await readObject(getStorage(), key);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    // Torn by a storage that is not atomic, or written by another version of this server.
    throw new AppError('storage_unavailable', 'What is stored of this analysis or slide cannot be read.', { cause });
  }
}
