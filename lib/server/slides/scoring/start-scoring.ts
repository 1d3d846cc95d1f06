import 'server-only';
import type { SlideScoring, StartScoring } from '@/lib/contracts/slide-scoring';
import { isMembranous } from '@/lib/scoring/classify/kinds';
import { getJobQueue } from '@/lib/server/jobs';
import { cancelRun } from '@/lib/server/runs/cancel-run';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { isActive, isOrphaned } from '@/lib/server/runs/liveness';
import { writeJson } from '@/lib/server/runs/stored-json';
import { queuedStatus, takeUpRun } from '@/lib/server/runs/take-up-run';
import { newestOf } from '@/lib/server/slides/annotations/stored-annotations';
import { expiryAfterChange } from '@/lib/server/slides/create-slide';
import { createRunId, keysOf } from '@/lib/server/slides/record';
import { assertRoomForScoring } from '@/lib/server/slides/room';
import { assertThere, openForEditing } from '@/lib/server/slides/stored-slide';
import { getStorage } from '@/lib/server/storage';
import { cellsOfScope } from './cells-of-scope';
import { currentPlan } from './current-plan';
import { openScoring } from './describe-scoring';
import { isFinished, listFound } from './found-cells';
import { keptPixels } from './kept-pixels';
import { ownerOfScoring } from './scoring-owner';
import { pinOf } from './scoring-pin';
import { readScorings, type StoredScoring } from './scoring-record';
import { readSettings, saveSettings } from './settings';

/** Scorings whose records stay. What they found stays in any case. */
const KEPT_SCORINGS = 20;

/**
 * Queues the scoring of a part of a slide.
 *
 * @throws AppError `wrong_state`, `invalid_option`, `model_not_found`, `read_only`, `queue_full`, `storage_full`,
 *   `slide_not_found`
 */
export async function startScoring(
  id: string,
  { scope, microns_per_pixel: stated }: StartScoring,
  requestId: string,
): Promise<SlideScoring> {
  const record = await openForEditing(id);
  const before = await readSettings(record.id);
  const hasNew = stated !== undefined && stated !== before.microns_per_pixel;
  const { revision: base, ...rest } = before;
  const wanted = hasNew ? { ...before, microns_per_pixel: stated } : before;
  // Asked before anything is stored.
  const access = { id, record, mayEdit: true };
  const { plan, probThresh, nucleiKey } = await currentPlan(access, wanted);
  const annotations = await newestOf(access);
  const cells = await cellsOfScope(scope, plan, record.id, annotations);
  const { found } = await listFound(keysOf(record.id).nuclei(nucleiKey), plan);
  const areMembranesWanted = isMembranous(wanted.marker);
  const there = new Set(found.filter((cell) => isFinished(cell, areMembranesWanted)).map(({ index }) => index));
  const left = cells.filter((index) => !there.has(index));
  const factsKey = keysOf(record.id).facts(plan.mapKey);
  await assertRoomForScoring(await keptPixels(plan, left, factsKey, annotations.annotations));
  const queue = getJobQueue<void>('scorings');
  await queue.assertRoom(0);
  const saved = hasNew ? await saveSettings(id, { ...rest, microns_per_pixel: stated, base_revision: base }) : before;
  const { manifest } = plan.model;
  const stored: StoredScoring = {
    ...{ id: createRunId(), scope, createdAt: new Date().toISOString(), cells },
    annotationsRevision: annotations.revision,
    settingsRevision: saved.revision,
    model: `${manifest.name}@${manifest.version}`,
    ...{ micronsPerPixel: plan.micronsPerPixel, probThresh, areMembranesWanted, mapKey: plan.mapKey, grid: plan.cells },
    pin: pinOf(plan.model),
  };
  const keys = keysOf(record.id);
  const owner = ownerOfScoring(record.id, stored.id);
  // No image that waits starts before it.
  await writeJson(owner.keys.attempt(1).status, queuedStatus(0));
  await writeJson(keys.scoring(stored.id).record, stored);
  await writeJson(keys.expiry, { expiresAt: expiryAfterChange(record) });
  await assertThere(record.id);
  await takeUpRun(owner, { attempt: 1, crashes: 0, requestId });
  await dropOldScorings(record.id);
  return openScoring(id, stored.id);
}

/** Stops a scoring that waits or works, on whichever server. What it has found stays. @throws AppError `scoring_not_found`, `read_only` */
export async function cancelScoring(id: string, scoring: string): Promise<SlideScoring> {
  const record = await openForEditing(id);
  await openScoring(id, scoring);
  const owner = ownerOfScoring(record.id, scoring);
  const latest = await readLatestAttempt(owner.keys);
  if (latest && isActive(latest.status)) await cancelRun(owner, await isOrphaned(scoring, latest.key, latest.status));
  return openScoring(id, scoring);
}

async function dropOldScorings(folderId: string): Promise<void> {
  for (const { id } of (await readScorings(folderId)).slice(KEPT_SCORINGS)) {
    const { run } = keysOf(folderId).scoring(id);
    const latest = await readLatestAttempt(run);
    if (latest && !isActive(latest.status)) await getStorage().delete(run.folder);
  }
}
