import 'server-only';
import type { ScoringParameters } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { rescoreImage } from '@/lib/server/inference/analyse-image';
import { getStorage } from '@/lib/server/storage';
import { choosePixelSize } from '../pixel-size';
import { stateOf } from './describe-analysis';
import { readPicture, writeResult } from './pictures';
import { keysOf, pixelsIn } from './record';
import { scoringOptions } from './scoring-options';
import { runShortJob } from './short-jobs';
import { dropIfDeleted, readSnapshot } from './store';

/**
 * Makes the final pictures and numbers anew from the stored maps, by the kernels that made the preview.
 *
 * @throws AppError `wrong_state`, `queue_full`
 */
export async function updateScoring(id: string, parameters: ScoringParameters): Promise<void> {
  const snapshot = await readSnapshot(id);
  const { result, record } = snapshot;
  const { run, source } = record;
  if (stateOf(snapshot) !== 'done' || !result || !run || !source)
    throw new AppError('wrong_state', `An analysis that is ${stateOf(snapshot)} has no result to update.`);
  const keys = keysOf(id);
  const inRun = keys.run(run.id);
  const revision = result.revision + 1;
  await runShortJob(source.width * source.height, async (signal) => {
    const pixelSize = choosePixelSize(run.started, pixelsIn(source));
    const [image, segmentation, marker] = await Promise.all([
      readPicture(keys.source),
      readPicture(inRun.map('Seg')),
      result.maps.includes('Marker') ? readPicture(inRun.map('Marker')) : null,
    ]);
    const analysis = await rescoreImage(
      {
        image,
        segmentation,
        marker,
        micronsPerPixel: pixelSize.micronsPerPixel,
        model: run.started.model,
        scoring: scoringOptions(parameters),
      },
      { signal },
    );
    await writeResult(inRun, {
      analysis,
      pixelSize,
      source,
      parameters,
      revision,
      maps: result.maps,
    });
  });
  // The one before stays for a page that is just loading it.
  if (revision > 2) await getStorage().delete(inRun.revision(revision - 2));
  await dropIfDeleted(id);
}
