import 'server-only';
import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/http/log';
import { getLocalStorage, getStorage } from '@/lib/server/storage';
import { ANALYSES_FOLDER, AnalysisRecord, keysOf } from './record';
import { readJson } from './store';

const HOUR_MS = 3_600_000;

/**
 * Deletes every analysis whose time is over, with every trace. What has no readable record (left by a server that died,
 * or written by a link after the deletion) goes when its newest object is as old.
 *
 * @returns how many were deleted
 */
export async function sweep(now = Date.now()): Promise<number> {
  const storage = getStorage();
  const newest = new Map<string, number>();
  for await (const { key, modified } of storage.list(ANALYSES_FOLDER)) {
    const id = key.split('/')[1];
    if (id !== undefined) newest.set(id, Math.max(newest.get(id) ?? 0, modified.getTime()));
  }
  const keepMs = getEnv().analyses.keepHours * HOUR_MS;
  let swept = 0;
  for (const [id, modified] of newest) {
    const record = await readJson(keysOf(id).record, AnalysisRecord).catch(() => null);
    if ((record ? Date.parse(record.expiresAt) : modified + keepMs) > now) continue;
    await storage.delete(keysOf(id).folder);
    swept++;
  }
  await getLocalStorage()?.dropUnfinished();
  return swept;
}

/** Sweeps now and every hour, for as long as the server runs; never keeps it from ending. */
export function startSweeper(): void {
  const run = () =>
    sweep()
      .then((swept) => getLog().info({ swept }, 'old analyses deleted'))
      .catch((err: unknown) => getLog().error({ err }, 'old analyses not deleted'));
  void run();
  setInterval(run, HOUR_MS).unref();
}
