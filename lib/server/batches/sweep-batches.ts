import 'server-only';

import { getEnv } from '@/lib/server/env';
import { getLog } from '@/lib/server/log';
import { readJson } from '@/lib/server/runs/stored-json';
import { getStorage } from '@/lib/server/storage';
import { BATCHES_FOLDER, BatchRecord, keysOfBatch, listMembers, readHanded, readOrder } from './batch-record';
import { feedQueue, isWaiting } from './feed-queue';

const HOUR_MS = 3_600_000;

/**
 * Deletes batches whose time is over, and what was written of a batch after it was deleted. Its analyses have a time of
 * their own. What waits in the other batches goes on: the server that fed the queue may have ended.
 */
export async function sweepBatches(now = Date.now()): Promise<void> {
  const newest = new Map<string, number>();
  for await (const { key, modified } of getStorage().list(BATCHES_FOLDER)) {
    const id = key.split('/')[1];
    if (id !== undefined) newest.set(id, Math.max(newest.get(id) ?? 0, modified.getTime()));
  }
  const keepMs = getEnv().analyses.keepHours * HOUR_MS;
  for (const [id, modified] of newest) {
    const { record: key, folder } = keysOfBatch(id);
    const record = await readJson(key, BatchRecord).catch(() => 'unreadable' as const);
    const end = record === null ? 0 : record === 'unreadable' ? modified + keepMs : Date.parse(record.expiresAt);
    // A batch that cannot be read must not keep the others waiting.
    const failed = (err: unknown) => getLog().error({ err }, 'batch not swept');
    if (end <= now) await getStorage().delete(folder).catch(failed);
    else if (await hasWaiting(id).catch(failed)) feedQueue(id);
  }
}

async function hasWaiting(id: string): Promise<boolean> {
  for (const member of await listMembers(id))
    if (isWaiting(await readOrder(member), await readHanded(member))) return true;
  return false;
}
