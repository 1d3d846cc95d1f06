import 'server-only';
import type { UpdateScoring } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { rescoreImage } from '@/lib/server/inference/analyse-image';
import { choosePixelSize } from '@/lib/server/results/choose-pixel-size';
import { readJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { oneAtATime } from './one-at-a-time';
import { type Done, readDone } from './read-done';
import { type KeysOfRun, keysOf, pixelsIn, StoredResult } from './record';
import { dropDraft } from './save-draft';
import { scoringOptions } from './scoring-options';
import { workOnPictures } from './short-work';
import { dropIfDeleted, listRevisions } from './stored-analysis';
import { publishResult, readMaps, storePictures } from './stored-pictures';

/** Results that stay beside the latest, for a page that is just loading one. */
const KEPT_REVISIONS = 1;

/**
 * Makes the final pictures and numbers anew from the stored maps, by the kernels that made the preview.
 *
 * Updates of one analysis come one after the other; what other servers do meanwhile shows when the result is published.
 *
 * @throws AppError `wrong_state`, `queue_full`, `revision_conflict` when another result than the expected one is there
 */
export function updateScoring(id: string, { expected_revision: expected, ...parameters }: UpdateScoring) {
  return oneAtATime(id, async () => {
    const done = await readDone(id);
    assertExpected(done, expected);
    const inRun = keysOf(id).run(done.run.id);
    const drawn = await workOnPictures(done.source.width * done.source.height, () => draw(done, parameters));
    try {
      await publish(id, done.run.id, drawn, expected);
    } catch (error) {
      await getStorage().delete(inRun.drawings(drawn.drawing));
      throw error;
    } finally {
      await dropIfDeleted(id);
    }
    await dropDraft(id);
  });
}

async function draw(done: Done, parameters: StoredResult['parameters']) {
  const { record, run, source, result } = done;
  const pixelSize = choosePixelSize(run.started, pixelsIn(source));
  const analysis = await rescoreImage(
    {
      ...(await readMaps(done)),
      micronsPerPixel: pixelSize.micronsPerPixel,
      model: run.started.model,
      scoring: scoringOptions(parameters),
    },
    { signal: new AbortController().signal },
  );
  return storePictures(keysOf(record.id).run(run.id), { analysis, pixelSize, source, parameters, maps: result.maps });
}

/** Gives a result the next revision. Without an expected one it goes behind whatever came meanwhile. */
async function publish(id: string, run: string, drawn: Omit<StoredResult, 'revision'>, expected: number | undefined) {
  const inRun = keysOf(id).run(run);
  for (;;) {
    const done = await readDone(id);
    if (done.run.id !== run) throw new AppError('wrong_state', 'The analysis was started anew meanwhile.');
    assertExpected(done, expected);
    const revision = done.result.revision + 1;
    if (!(await publishResult(inRun, { ...drawn, revision }))) continue;
    await dropRevisionsBefore(inRun, revision - KEPT_REVISIONS);
    return;
  }
}

async function dropRevisionsBefore(inRun: KeysOfRun, first: number): Promise<void> {
  for (const revision of await listRevisions(inRun)) {
    if (revision >= first) continue;
    const result = await readJson(inRun.result(revision), StoredResult);
    if (result) await getStorage().delete(inRun.drawings(result.drawing));
    await getStorage().delete(inRun.revision(revision));
  }
}

function assertExpected({ result: { revision } }: Done, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw new AppError(
    'revision_conflict',
    `These parameters were made from revision ${expected} of the result, which has revision ${revision} by now.`,
    { currentRevision: revision },
  );
}
