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

/** For `catch` after `readJson`: gives something in place of an object that is damaged, and throws anything else. */
export const whenDamaged =
  <T>(inPlace: () => T) =>
  (error: unknown): T => {
    if (error instanceof AppError && error.code === 'stored_damaged') return inPlace();
    throw error;
  };

/** @returns null where there is no such object. @throws AppError `stored_damaged`, `storage_unavailable` */
export async function readJson<T>(key: string, schema: z.ZodType<T>): Promise<T | null> {
  const bytes = await readObject(getStorage(), key);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (cause) {
    // Torn by a storage that is not atomic, or written by another version of this server.
    // Causes are logged, and a SyntaxError quotes what is stored: names that people have given, for one.
    const told = cause instanceof SyntaxError ? {} : { cause };
    throw new AppError('stored_damaged', 'What is stored of this analysis or slide cannot be read.', told);
  }
}
