import 'server-only';
import { getEnv } from '@/lib/server/env';
import { forgetProcessWide, processWide } from '@/lib/server/process-wide';
import { LocalStorage } from './local-storage';
import { S3Storage } from './s3';
import type { Storage } from './storage';

const NAME = 'storage';

/** The storage that the environment names: a local directory unless told otherwise. */
export const getStorage = (): Storage => processWide(NAME, createStorage);

/**
 * The storage when it is the local one, else null. Not known by its class: every route is a bundle with a class of its
 * own, and the storage is of the first one's.
 */
export function getLocalStorage(): LocalStorage | null {
  return getEnv().storage.provider === 'local' ? (getStorage() as LocalStorage) : null;
}

/** Where the links lead besides this server itself: what a Content-Security-Policy of the site must allow. */
export async function storageOrigins(): Promise<string[]> {
  const url = await getStorage().presignGet('analyses/origin', 1);
  return url.startsWith('/') ? [] : [new URL(url).origin];
}

/** Forgets the storage, so that a test can change the environment. */
export function resetStorageForTests(): void {
  forgetProcessWide(NAME);
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
