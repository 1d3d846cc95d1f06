import 'server-only';
import { AppError } from '@/lib/errors';
import type { Scene, ScoringRequest } from '@/lib/scoring/score-image';
import { type DocumentWork, writeDocuments as writeInThread } from '@/workers/protocol';
import { startEngine } from './engine';
import { findInBands } from './find-in-bands';

export type StoredDocuments = Omit<DocumentWork, 'scored'> & {
  /** The scene in which nuclei are found; null where none are listed. */
  scored: { scene: Scene; request: ScoringRequest } | null;
};

/**
 * Writes documents of a result in a thread of the pool: thousands of outlines take seconds.
 *
 * @returns the bytes of the one document, or of an archive of several, in shared memory
 * @throws AppError `cancelled`, `worker_crashed`
 */
export async function writeDocuments(work: StoredDocuments, signal: AbortSignal): Promise<Uint8Array> {
  const { pool } = await startEngine();
  if (signal.aborted) throw new AppError('cancelled', 'The client went away before the answer.');
  if (work.scored === null) return pool.run(writeInThread, { ...work, scored: null });
  const { scene, request } = work.scored;
  const options = { ...request.thresholds, micronsPerPixel: scene.micronsPerPixel };
  const bands = await findInBands(pool, scene, options, signal);
  return pool.run(writeInThread, { ...work, scored: { scene, request, bands } });
}
