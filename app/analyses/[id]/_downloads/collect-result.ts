import { t } from '@/app/_text/t';
import { getAnalysis } from '@/lib/client/analyses';
import type { PictureName } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { describeNuclei, type NucleusPixels } from '@/lib/exchange/nuclei';
import type { Material } from '@/lib/exports/documents';
import { hasUnsavedChanges, isUpToDate, type ResultStore } from '../_result/result-store';
import { exportedOf } from './exported-of';

/** Links must be valid for longer than the download of a picture takes to start. */
const LEAST_LINK_MS = 60_000;

export type CollectedResult = {
  material: Omit<Material, 'reportPicture'>;
  /** Names and links. */
  pictures: readonly (readonly [PictureName, string])[];
};

/**
 * Saves unsaved changes, so that pictures, numbers and nuclei of the files agree. Then it collects what files are made of.
 *
 * @param hasFeatures - whether lists of nuclei have what kinds are told by.
 * @throws Error with a sentence for the user
 */
export async function collectResult(store: ResultStore, hasFeatures: boolean): Promise<CollectedResult> {
  const { actions } = store.getState();
  if (hasUnsavedChanges(store.getState())) await actions.saveUpdate();
  const { update } = store.getState();
  if (update.state === 'failed') throw new AppError('internal', update.problem);
  assertMine(store);
  await previewed(store);
  const { analysis } = store.getState();
  if (Date.parse(analysis.urls_expire_at) - Date.now() < LEAST_LINK_MS)
    actions.receiveAnalysis(await getAnalysis(analysis.id));
  assertMine(store);
  return readResult(store, await askLive(store, hasFeatures));
}

/** Pictures and numbers must be of the same revision. */
function assertMine(store: ResultStore): void {
  if (!store.getState().theirs) return;
  throw new AppError(
    'revision_conflict',
    t('Somebody else has saved this result. First choose between that version and yours.'),
  );
}

type Asked = { pixels: NucleusPixels; features: Parameters<typeof describeNuclei>[4] };

/** What only the worker has of the nuclei that the page shows. If a slider moves meanwhile, it is asked for again. */
async function askLive(store: ResultStore, hasFeatures: boolean): Promise<Asked> {
  for (;;) {
    const { live, actions } = store.getState();
    const [pixels, features] = await Promise.all([actions.pixels(), hasFeatures ? actions.features() : null]);
    await previewed(store);
    if (store.getState().live === live) return { pixels, features };
  }
}

function readResult(store: ResultStore, { pixels, features }: Asked): CollectedResult {
  const { analysis, live, parameters, micronsPerPixel } = store.getState();
  const exported = exportedOf(store.getState());
  if (!live || !exported) throw new AppError('internal', t('The result is not ready yet.'));
  const grading = { micronsPerPixel, intensity: parameters.intensity };
  const pictures = Object.entries(analysis.result?.pictures ?? {}) as [PictureName, { url: string }][];
  return {
    pictures: pictures.map(([name, { url }]) => [name, url] as const),
    material: {
      exported,
      nuclei: describeNuclei(
        live.found,
        pixels,
        { ...live.gated, kinds: live.kinds, membranes: live.membranes },
        grading,
        features,
      ),
    },
  };
}

/** Resolves when the preview is up to date. */
function previewed(store: ResultStore): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const state = store.getState();
      if (state.problem) reject(new Error(state.problem));
      else if (state.live && isUpToDate(state)) resolve();
      else return;
      stop();
    };
    const stop = store.subscribe(look);
    look();
  });
}
