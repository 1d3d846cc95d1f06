import 'server-only';
import { getSharedSlides } from '@/lib/server/readers/shared-slides';
import { getStorage } from '@/lib/server/storage';
import { keysOf, viewIdOf } from './record';

/** Names the upload of an analysis among the open slides of this server. */
export const openUploadKey = (id: string) => `upload ${id}`;

/** Deletes an upload: its parts in the storage and, once nobody reads it, the file that this server joined them to. */
export async function deleteUpload(id: string): Promise<void> {
  await getSharedSlides().close(openUploadKey(id));
  await getStorage().delete(keysOf(id).upload);
}

/** The same for all that there is of an analysis, its view link too. */
export async function deleteTraces(id: string): Promise<void> {
  await getSharedSlides().close(openUploadKey(id));
  await getStorage().delete(keysOf(id).folder);
  await getStorage().delete(keysOf(viewIdOf(id)).folder);
}
