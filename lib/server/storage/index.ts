import 'server-only';
import { getEnv } from '@/lib/server/env';
import { processWide } from '@/lib/server/process-wide';
import { LocalStorage } from './local-storage';
import { S3Storage } from './s3';
import type { Storage } from './storage';

/** The storage that the settings choose; by default a local directory. */
export const getStorage = (): Storage => processWide('storage', createStorage);

/**
 * The storage if it is the local one, else null. The settings tell, not its class: every route's bundle has a class of its
 * own, and the storage has that of the first.
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
