import 'server-only';
import { getEnv } from '@/lib/server/env';
import { readJson } from '@/lib/server/runs/stored-json';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { getLocalStorage, getStorage } from '@/lib/server/storage';
import { deleteTraces, deleteUpload } from './delete-traces';
import { ANALYSES_FOLDER, AnalysisRecord, keysOf, StoredView } from './record';
import { ownerOf } from './run-owner';

const HOUR_MS = 3_600_000;

type Found = { modified: number; hasUpload: boolean; isView: boolean };

/**
 * Deletes every analysis whose time is over, with every trace; what was sent by a link after its analysis was deleted; and
 * what was sent after its upload was over. An analysis whose record cannot be read goes when its newest object is as old.
 * Takes over the runs of those that stay where no living server has them.
 *
 * @returns how many were deleted
 */
export async function sweep(now = Date.now()): Promise<number> {
  const storage = getStorage();
  const found = new Map<string, Found>();
  for await (const { key, modified } of storage.list(ANALYSES_FOLDER)) {
    const id = key.split('/')[1];
    if (id === undefined) continue;
    const before = found.get(id);
    found.set(id, {
      modified: Math.max(before?.modified ?? 0, modified.getTime()),
      hasUpload: before?.hasUpload === true || key.startsWith(keysOf(id).upload),
      isView: key === keysOf(id).view,
    });
  }
  let swept = 0;
  const kept: AnalysisRecord[] = [];
  for (const [id, { modified, hasUpload, isView }] of found) {
    if (isView) {
      if (await isViewOver(id, modified, now)) await deleteTraces(id);
      continue;
    }
    const record = await readJson(keysOf(id).record, AnalysisRecord).catch(() => 'unreadable' as const);
    if (isOver(record, modified, now)) {
      await deleteTraces(id);
      swept++;
    } else if (record !== null && record !== 'unreadable') {
      kept.push(record);
      if (hasUpload && isTaken(record)) await deleteUpload(id);
    }
  }
  await takeOverOrphans(kept.map(ownerOf).filter((owner) => owner !== null));
  await getLocalStorage()?.dropUnfinished();
  return swept;
}

/** Whether a view link leads nowhere, or its time is over: its analysis may have gone without it. */
async function isViewOver(id: string, modified: number, now: number): Promise<boolean> {
  const view = await readJson(keysOf(id).view, StoredView).catch(() => 'unreadable' as const);
  if (view === 'unreadable') return modified + getEnv().analyses.keepHours * HOUR_MS <= now;
  return (
    view === null ||
    Date.parse(view.expiresAt) <= now ||
    (await getStorage().age(keysOf(view.analysis).record)) === null
  );
}

/** An analysis begins with its record, so without one nothing of it is wanted. */
function isOver(record: AnalysisRecord | null | 'unreadable', modified: number, now: number): boolean {
  if (record === null) return true;
  const keepMs = getEnv().analyses.keepHours * HOUR_MS;
  return (record === 'unreadable' ? modified + keepMs : Date.parse(record.expiresAt)) <= now;
}

/** Whether an upload is over and its pixels are taken, so that its parts are not needed. */
const isTaken = ({ refusal, isForSlide, source }: AnalysisRecord) =>
  (refusal !== null && !isForSlide) || (source !== null && source.slide === null);
