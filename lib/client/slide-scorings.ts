import {
  NUCLEI_HEADERS,
  NucleiPlan,
  slideScoringPaths as paths,
  SlideScoring,
  SlideScorings,
  type StartScoring,
} from '@/lib/contracts/slide-scoring';
import { type SaveSlideSettings, SlideSettings } from '@/lib/contracts/slide-settings';
import { AppError } from '@/lib/errors';
import { ask, request, understand } from './http';

type Signal = { signal?: AbortSignal | undefined };

export const startScoring = (id: string, body: StartScoring): Promise<SlideScoring> =>
  ask(SlideScoring, paths.scorings(id), { method: 'POST', body });

export const cancelScoring = (id: string, scoring: string): Promise<SlideScoring> =>
  ask(SlideScoring, paths.cancelScoring(id, scoring), { method: 'POST' });

/** The latest first. */
export const listScorings = async (id: string, { signal }: Signal = {}): Promise<SlideScoring[]> =>
  (await ask(SlideScorings, paths.scorings(id), { signal })).scorings;

export const getSettings = (id: string, { signal }: Signal = {}): Promise<SlideSettings> =>
  ask(SlideSettings, paths.settings(id), { signal });

/** @throws AppError `revision_conflict` where somebody else has saved meanwhile, `unreachable` */
export const saveSettings = (id: string, body: SaveSlideSettings, { signal }: Signal = {}): Promise<SlideSettings> =>
  ask(SlideSettings, paths.settings(id), { method: 'PUT', body, signal });

/** Files of cells, and what they are of. */
export type ReadNuclei = {
  /** Names the settings that the nuclei follow from. Where it has changed, cells that were read before are of no use. */
  key: string;
  cursor: string;
  plan: NucleiPlan;
  /** One file of `lib/exchange/slide-nuclei.ts` each. */
  cells: Uint8Array[];
};

const LENGTH_BYTES = 4;

/**
 * Reads the nuclei that were found since an earlier answer.
 *
 * @param after - its cursor; null reads all
 * @throws AppError `wrong_state` where nobody has stated the pixel size, `slide_not_found`, `unreachable` also when the
 *   answer breaks off; the signal's reason
 */
export async function readNuclei(id: string, after: string | null, { signal }: Signal = {}): Promise<ReadNuclei> {
  const query = after === null ? '' : `?${new URLSearchParams({ after })}`;
  const answer = await request(`${paths.nuclei(id)}${query}`, { signal });
  const [key, cursor] = [NUCLEI_HEADERS.key, NUCLEI_HEADERS.cursor].map((name) => answer.headers.get(name) ?? '');
  const plan = understand(NucleiPlan, JSON.parse(answer.headers.get(NUCLEI_HEADERS.plan) ?? 'null'));
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await answer.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new AppError('unreachable', 'The nuclei did not arrive as a whole.', { cause });
  }
  return { key: key ?? '', cursor: cursor ?? '', plan, cells: splitCells(bytes) };
}

/** The files in an answer, each after its length. @throws AppError `unreachable` when the last one is cut off */
export function splitCells(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cells: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + LENGTH_BYTES <= bytes.length ? view.getUint32(at, true) : bytes.length;
    const end = at + LENGTH_BYTES + length;
    if (end > bytes.length)
      throw new AppError('unreachable', `The nuclei broke off after ${bytes.length} bytes, of ${end} at least.`);
    cells.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return cells;
}
