import 'server-only';
import { AppError } from '@/lib/errors';
import { type BandNuclei, planBands } from '@/lib/scoring/find/band-nuclei';
import type { SegmentOptions } from '@/lib/scoring/find/find-nuclei';
import type { Scene } from '@/lib/scoring/score-image';
import type { Pool } from '@/workers/pool';
import { findBand } from '@/workers/protocol';

/** Below this size a second thread costs more than it saves. */
const SMALLEST_BAND_PX = 1_000_000;

/**
 * Finds the nuclei of a scene in bands, one for each thread. Together they are exactly those of the whole picture, so
 * numbers do not depend on the threads.
 *
 * @param scene - in shared memory
 * @returns null where one thread is better: the scene is small, or the algorithm cannot work in bands
 * @throws AppError `cancelled`, `worker_crashed`
 */
export async function findInBands(
  pool: Pool,
  scene: Scene,
  options: SegmentOptions,
  signal: AbortSignal,
): Promise<BandNuclei[] | null> {
  const { width, height } = scene.image;
  const bands = planBands(height, Math.min(pool.threads, Math.floor((width * height) / SMALLEST_BAND_PX)), options);
  if (bands.length < 2) return null;
  // All bands are awaited, also after a failure, so that none goes on after this returns.
  const found = await Promise.allSettled(bands.map((band) => pool.run(findBand, { scene, band, options })));
  if (signal.aborted) throw new AppError('cancelled', 'The analysis was cancelled.');
  return found.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
