import 'server-only';
import type { LikelyMagnification } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { proposeMagnification } from '@/lib/server/inference/propose-magnification';
import { keysOf } from './record';
import { workOnPictures } from './short-work';
import { readRecord } from './stored-analysis';
import { readPicture } from './stored-pictures';

/**
 * The magnification that the nuclei of a checked image look like. Nothing of it is kept: a person decides.
 *
 * @throws AppError `analysis_not_found`, `wrong_state` where no pixels are taken yet, `queue_full`, `worker_crashed`
 */
export async function likelyMagnification(id: string): Promise<LikelyMagnification> {
  const { source } = await readRecord(id);
  if (!source || source.slide)
    throw new AppError('wrong_state', 'There is no checked image yet, or it is not chosen which one of the file.');
  const proposed = await workOnPictures(source.width * source.height, async () =>
    proposeMagnification(await readPicture(keysOf(id).source)),
  );
  return {
    resolution: proposed?.name ?? null,
    nucleus_diameter_px: proposed && Math.round(10 * proposed.medianDiameterPx) / 10,
  };
}
