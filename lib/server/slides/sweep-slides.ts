import 'server-only';
import { getEnv } from '@/lib/server/env';
import type { RunOwner } from '@/lib/server/runs/run-status';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { getStorage } from '@/lib/server/storage';
import { keysOf, readRecord, SLIDES_FOLDER } from './record';
import { ownerOf } from './run-owner';
import { ownerOfScoring } from './scoring/scoring-owner';

const HOUR_MS = 3_600_000;

/**
 * Deletes every slide whose time is over, and what was sent of one after it was deleted or taken in. One whose record cannot
 * be read goes when its newest object is as old as a slide becomes. Takes over ingests and scorings that no living server has.
 *
 * @returns how many were deleted
 */
export async function sweepSlides(now = Date.now()): Promise<number> {
  const storage = getStorage();
  const found = new Map<string, { modified: number; hasUpload: boolean; isReady: boolean; scorings: Set<string> }>();
  for await (const { key, modified } of storage.list(SLIDES_FOLDER)) {
    const id = key.split('/')[1];
    if (id === undefined) continue;
    const keys = keysOf(id);
    const before = found.get(id);
    found.set(id, {
      modified: Math.max(before?.modified ?? 0, modified.getTime()),
      hasUpload: before?.hasUpload === true || key.startsWith(keys.upload),
      isReady: before?.isReady === true || key === keys.slide,
      scorings: before?.scorings ?? new Set(),
    });
    const scoring = key.startsWith(keys.scorings) ? key.slice(keys.scorings.length).split('/')[0] : undefined;
    if (scoring !== undefined) found.get(id)?.scorings.add(scoring);
  }
  let swept = 0;
  const owners: RunOwner[] = [];
  for (const [id, { modified, hasUpload, isReady, scorings }] of found) {
    const keys = keysOf(id);
    const record = await readRecord(id).catch(() => 'unreadable' as const);
    const end =
      record === 'unreadable'
        ? modified + getEnv().slides.maxKeepHours * HOUR_MS
        : record === null
          ? now
          : Date.parse(record.expiresAt);
    if (end <= now) {
      await storage.delete(keys.folder);
      swept++;
    } else if (record !== null && record !== 'unreadable') {
      const ingest = ownerOf(record);
      if (ingest) owners.push(ingest);
      for (const scoring of scorings) owners.push(ownerOfScoring(id, scoring));
      if (hasUpload && isReady) await storage.delete(keys.upload);
    }
  }
  await takeOverOrphans(owners);
  return swept;
}
