import 'server-only';
import { AppError } from '@/lib/errors';
import type { Scene, ScoringRequest } from '@/lib/scoring/score-image';
import * as protocol from '@/workers/protocol';
import { startEngine } from './engine';
import { findInBands } from './find-in-bands';

export type StoredDocuments = Omit<protocol.DocumentWork, 'scored'> & {
  /** The scene in which nuclei are found; null where none are listed. */
  scored: { scene: Scene; request: ScoringRequest } | null;
};

/**
 * Writes the one document that is wanted of a result, in a thread of the pool: thousands of outlines take seconds.
 *
 * @returns in shared memory
 * @throws AppError `cancelled`, `worker_crashed`
 */
export const writeDocument = (work: StoredDocuments, signal: AbortSignal): Promise<Uint8Array> =>
  runInThread(protocol.writeDocument, work, signal);

/** The same of several documents, each compressed for an archive. */
export const packDocuments = (work: StoredDocuments, signal: AbortSignal) =>
  runInThread(protocol.packDocuments, work, signal);

async function runInThread<Written>(
  task: protocol.Task<protocol.DocumentWork, Written>,
  work: StoredDocuments,
  signal: AbortSignal,
): Promise<Written> {
  const { pool } = await startEngine();
  if (signal.aborted) throw new AppError('cancelled', 'The client went away before the answer.');
  if (work.scored === null) return pool.run(task, { ...work, scored: null });
  const { scene, request } = work.scored;
  const options = { ...request.thresholds, micronsPerPixel: scene.micronsPerPixel };
  const bands = await findInBands(pool, scene, options, signal);
  return pool.run(task, { ...work, scored: { scene, request, bands } });
}
