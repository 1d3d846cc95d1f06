import { type AddToBatch, Batch, batchPaths, type CreateBatch, type RerunBatch } from '@/lib/contracts/batch';
import { ask, request } from './http';
import { browserMemory, forgetRecent } from './recent';

type Signal = { signal?: AbortSignal | undefined };

export const createBatch = (body: CreateBatch): Promise<Batch> =>
  ask(Batch, batchPaths.create, { method: 'POST', body });

/** @throws AppError `batch_not_found`, `unreachable`; the signal's reason when aborted */
export const getBatch = (id: string, { signal }: Signal = {}): Promise<Batch> =>
  ask(Batch, batchPaths.one(id), { signal });

export const addToBatch = (id: string, body: AddToBatch, { signal }: Signal = {}): Promise<Batch> =>
  ask(Batch, batchPaths.analyses(id), { method: 'POST', body, signal });

/** Runs all analyses of a batch, or those that are named, with the same options. */
export const rerunBatch = (id: string, body: RerunBatch): Promise<Batch> =>
  ask(Batch, batchPaths.rerun(id), { method: 'POST', body });

export const cancelBatch = (id: string): Promise<Batch> => ask(Batch, batchPaths.cancel(id), { method: 'POST' });

/** Deletes a batch with all its analyses, and what this browser remembers of it. */
export async function deleteBatch(id: string): Promise<void> {
  await request(batchPaths.one(id), { method: 'DELETE' });
  forgetRecent(browserMemory(), id);
}

/**
 * @param file - the path of the archive or of the reports
 * @throws AppError why the server does not give the file
 */
export async function checkFile(file: string): Promise<void> {
  // The answer to HEAD says only that there is a problem; the answer to GET says which.
  const head = await fetch(file, { method: 'HEAD' }).catch(() => null);
  if (!head?.ok) await request(file);
}
