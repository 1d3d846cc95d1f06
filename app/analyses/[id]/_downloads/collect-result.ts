import { getAnalysis } from '@/lib/client/analyses';
import type { PictureName } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { frameOf } from '@/lib/exchange/coordinate-frame';
import { describeNuclei, type NucleusPixels } from '@/lib/exchange/nuclei';
import { stateSummary } from '@/lib/exchange/score-summary';
import type { Material } from '@/lib/exports/documents';
import { toScoringParameters } from '../_preview/parameters';
import { hasUnsavedChanges, isUpToDate, type ResultStore } from '../_result/result-store';

/** A link must live for longer than the slowest picture takes to begin. */
const LEAST_LINK_MS = 60_000;

export type CollectedResult = {
  material: Omit<Material, 'reportPicture'>;
  /** Links. */
  pictures: readonly (readonly [PictureName, string])[];
};

/**
 * Brings page and server to one state, and describes it: changes are written first, so that pictures, numbers and
 * nuclei of the files agree.
 *
 * @throws Error with a sentence
 */
export async function collectResult(store: ResultStore): Promise<CollectedResult> {
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
  return readResult(store, await pixelsOfLive(store));
}

/** Pictures of one revision and numbers of another would be no result. */
function assertMine(store: ResultStore): void {
  if (!store.getState().theirs) return;
  throw new AppError('revision_conflict', 'This result was saved elsewhere meanwhile. Choose first: theirs, or yours.');
}

/** What the worker found last is what the page shows, unless a slider has moved meanwhile: then what it shows by then. */
async function pixelsOfLive(store: ResultStore): Promise<NucleusPixels> {
  for (;;) {
    const { live, actions } = store.getState();
    const pixels = await actions.pixels();
    await previewed(store);
    if (store.getState().live === live) return pixels;
  }
}

function readResult(store: ResultStore, pixels: NucleusPixels): CollectedResult {
  const { analysis, live, parameters, micronsPerPixel } = store.getState();
  const { result, source } = analysis;
  if (!live || !result || !source) throw new AppError('internal', 'The result is not there yet.');
  const frame = frameOf('image', source, result.provenance.selection);
  const grading = { micronsPerPixel, intensity: parameters.intensity };
  const pictures = Object.entries(result.pictures) as [PictureName, { url: string }][];
  return {
    pictures: pictures.map(([name, { url }]) => [name, url] as const),
    material: {
      exported: {
        sample: analysis.sample,
        createdAt: analysis.created_at,
        width: source.width,
        height: source.height,
        result,
        parameters: toScoringParameters(parameters),
        summary: stateSummary(live.numbers.summary, { frame, micronsPerPixel }),
      },
      nuclei: describeNuclei(live.found, pixels, live.gated, grading),
    },
  };
}

/** Resolves when the preview is of the parameters as they are. */
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
