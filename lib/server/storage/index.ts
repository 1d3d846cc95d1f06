import 'server-only';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { LocalStorage } from './local-storage';
import { S3Storage } from './s3';
import type { Storage } from './storage';

/** The storage that the environment names: a local directory unless told otherwise. */
export const getStorage = (): Storage => processWide('storage', createStorage);

/**
 * The storage when it is the local one, else null. Not known by its class: every route is a bundle with a class of its
 * own, and the storage is of the first one's.
 */
export function getLocalStorage(): LocalStorage | null {
  return getEnv().storage.provider === 'local' ? (getStorage() as LocalStorage) : null;
}

function createStorage(): Storage {
  const { storage } = getEnv();
  switch (storage.provider) {
    case 'local':
      return new LocalStorage(storage.directory, storage.secret);
    case 's3':
      return new S3Storage(storage);
  }
}
