import 'server-only';
import type { AnalysisDraft, SaveDraft } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { writeJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { stateOf } from './describe-analysis';
import { keysOf } from './record';
import { dropIfDeleted, readRecord, readSnapshot } from './stored-analysis';

/**
 * Keeps changes that are not written into the result yet, in place of those that were kept before.
 *
 * @throws AppError `wrong_state`
 */
export async function saveDraft(id: string, changes: SaveDraft): Promise<void> {
  const state = stateOf(await readSnapshot(id));
  if (state !== 'done') throw new AppError('wrong_state', `An analysis that is ${state} has no result to be changed.`);
  const draft: AnalysisDraft = { ...changes, saved_at: new Date().toISOString() };
  await writeJson(keysOf(id).draft, draft);
  await dropIfDeleted(id);
}

/** @throws AppError `analysis_not_found` */
export async function deleteDraft(id: string): Promise<void> {
  await readRecord(id);
  await dropDraft(id);
}

export const dropDraft = (id: string): Promise<void> => getStorage().delete(keysOf(id).drafts);
