import 'server-only';
import { ScoringId, type SlideScoring } from '@/lib/contracts/slide-scoring';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { getJobQueue, isShared } from '@/lib/server/jobs';
import { readLatestAttempt } from '@/lib/server/runs/latest-attempt';
import { isOrphaned } from '@/lib/server/runs/liveness';
import { progressOf } from '@/lib/server/runs/run-progress';
import { newStatus, type RunStatus } from '@/lib/server/runs/run-status';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { keysOf } from '@/lib/server/slides/record';
import { openSlideRecord } from '@/lib/server/slides/stored-slide';
import type { Warning } from '@/lib/warnings';
import { listFound, readDamage } from './found-cells';
import { ownerOfScoring } from './scoring-owner';
import type { ScoringPin } from './scoring-pin';
import { readScoring, readScorings, type StoredScoring } from './scoring-record';
import { nucleiKeyOf } from './slide-plan';

/**
 * How a scoring stands. One that has no server any more is taken over.
 *
 * @param folderId - the slide's
 * @returns null where there is none
 */
export async function describeScoring(folderId: string, scoring: string): Promise<SlideScoring | null> {
  const owner = ownerOfScoring(folderId, scoring);
  const [stored, latest] = await Promise.all([readScoring(folderId, scoring), readLatestAttempt(owner.keys)]);
  if (!stored) return null;
  const orphaned = latest ? await isOrphaned(scoring, latest.key, latest.status) : false;
  if (orphaned) await takeOverOrphans([owner]);
  // A scoring without a status is just being stored.
  const status = orphaned || !latest ? newStatus() : latest.status;
  const isOver = status.state === 'done';
  const progress = await progressOf(owner, status, orphaned);
  // While nobody sees to it, its cells go on.
  const cellsDone = latest?.status.progress.tiles_done ?? 0;
  return {
    ...{ id: stored.id, scope: stored.scope, state: status.state, created_at: stored.createdAt },
    annotations_revision: stored.annotationsRevision,
    settings_revision: stored.settingsRevision,
    model: stored.model,
    pinned: pinnedOf(stored.pin),
    microns_per_pixel: stored.micronsPerPixel,
    grid: stored.grid,
    progress: {
      queue_position: progress.queue_position,
      cells_done: isOver ? stored.cells.length : cellsDone,
      cells: stored.cells.length,
      seconds_left: status.state === 'running' ? (status.progress.seconds_left ?? null) : null,
    },
    ...(status.state === 'failed' && status.problem && { problem: status.problem }),
    warnings: isOver ? await damageIn(folderId, stored) : await whyWaiting(status, orphaned),
  };
}

/** Why a scoring that is to be done does not go on, where that is known. */
async function whyWaiting(status: RunStatus, isOrphaned: boolean): Promise<Warning[]> {
  const { notice } = status.progress;
  if (status.state === 'running' && notice !== undefined) return [{ code: 'no_worker', detail: notice }];
  if (!isOrphaned || !isShared()) return [];
  // A queue that is away keeps nobody from reading.
  const isServed = await getJobQueue<void>('scorings')
    .isServed()
    .catch(() => true);
  const { silentSeconds } = getEnv().jobs;
  const detail = `No worker has been seen for ${silentSeconds} s. The scoring waits until there is one.`;
  return isServed ? [] : [{ code: 'no_worker', detail }];
}

const pinnedOf = ({ sha256, precision, graphOptimisation, provider }: ScoringPin) => ({
  ...{ network_sha256: sha256, precision, graph_optimisation: graphOptimisation, provider },
});

async function damageIn(folderId: string, stored: StoredScoring): Promise<Warning[]> {
  const folder = keysOf(folderId).nuclei(nucleiKeyOf(stored, stored.probThresh));
  const { damaged } = await listFound(folder, { cells: stored.grid });
  const scored = new Set(stored.cells);
  return damageWarnings((await readDamage(damaged.filter(({ index }) => scored.has(index)))).length);
}

export function damageWarnings(tiles: number): Warning[] {
  if (tiles === 0) return [];
  const what = tiles === 1 ? '1 tile of the slide is' : `${tiles} tiles of the slide are`;
  return [{ code: 'image_damaged', detail: `${what} damaged in what was scored. Nothing was counted there.` }];
}

/** @throws AppError `scoring_not_found`, `slide_not_found` */
export async function openScoring(id: string, scoring: string): Promise<SlideScoring> {
  const { record } = await openSlideRecord(id);
  const found = ScoringId.safeParse(scoring).success ? await describeScoring(record.id, scoring) : null;
  if (found) return found;
  throw new AppError('scoring_not_found', 'There is no such scoring of this slide.');
}

/** All scorings of a slide, the latest first. @throws AppError `slide_not_found` */
export async function openScorings(id: string): Promise<SlideScoring[]> {
  const { record } = await openSlideRecord(id);
  const stored = await readScorings(record.id);
  const found = await Promise.all(stored.map((scoring) => describeScoring(record.id, scoring.id)));
  return found.filter((scoring) => scoring !== null);
}

/** The scoring of a slide that was started last. @param folderId - the slide's */
export async function latestScoring(folderId: string): Promise<SlideScoring | null> {
  const [latest] = await readScorings(folderId);
  return latest ? describeScoring(folderId, latest.id) : null;
}
