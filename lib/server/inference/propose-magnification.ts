import 'server-only';
import type { Raster } from '@/lib/imaging/raster';
import { RESOLUTIONS } from '@/lib/scoring/scores/likelier-resolution';
import { proposeResolution } from '@/lib/scoring/scores/propose-resolution';
import { lookAtScale } from '@/workers/protocol';
import { EMBEDDED_MODEL, startEngine } from './engine';

/**
 * The scan magnification that the nuclei of a picture look like, by a quick look at a part of it (half a second of one core).
 *
 * The limits are those of the embedded network: without it nothing is proposed.
 *
 * @param image - RGB, in shared memory
 * @returns null where it cannot be told
 * @throws AppError `worker_crashed`
 */
export async function proposeMagnification(image: Raster) {
  const engine = await startEngine();
  if (!engine.models.has(EMBEDDED_MODEL)) return null;
  const model = engine.modelRef(EMBEDDED_MODEL);
  const looks = RESOLUTIONS.map(({ micronsPerPixel }) =>
    engine.pool.run(lookAtScale, { model, image, micronsPerPixel }),
  );
  return proposeResolution(await Promise.all(looks));
}
