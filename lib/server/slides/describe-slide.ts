import 'server-only';
import { type Slide, SlideDescription, type SlideState } from '@/lib/contracts/slide';
import type { SlideScoring } from '@/lib/contracts/slide-scoring';
import { progressOf } from '@/lib/server/runs/run-progress';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from '@/lib/server/uploads/link-seconds';
import { latestExpiry } from './create-slide';
import { keysOf } from './record';
import type { Snapshot } from './stored-slide';

export function stateOf({ record, status, isOrphaned, slide, choices }: Snapshot): SlideState {
  if (slide) return 'ready';
  if (!record.run || !status) return 'uploading';
  // An orphaned run waits for a server that takes it over.
  if (isOrphaned) return 'queued';
  if (status.state !== 'done') return status.state;
  return choices ? 'choosing' : 'running';
}

/** Whether another try may well succeed: the upload is kept then. */
export function canRetry(snapshot: Snapshot): boolean {
  const state = stateOf(snapshot);
  return state === 'cancelled' || (state === 'failed' && snapshot.status?.canRetry === true);
}

/** What every endpoint answers, with fresh links. @param scoring - the latest */
export async function describeSlide(snapshot: Snapshot, scoring: SlideScoring | null): Promise<Slide> {
  const { id, record, mayEdit, status, isOrphaned, slide, choices } = snapshot;
  const state = stateOf(snapshot);
  const keys = keysOf(record.id);
  return {
    id,
    view_id: record.id,
    may_edit: mayEdit,
    state,
    sample: record.sample,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    latest_expiry: new Date(latestExpiry(record)).toISOString(),
    urls_expire_at: new Date(Date.now() + LINK_SECONDS * 1000).toISOString(),
    choices: state === 'choosing' ? choices : null,
    ...((state === 'queued' || state === 'running') &&
      status &&
      record.run && { progress: await progressOf({ run: record.run.id, lane: 'ingests' }, status, isOrphaned) }),
    ...(state === 'failed' && status?.problem && { problem: status.problem }),
    can_retry: canRetry(snapshot),
    slide: slide && SlideDescription.parse(slide),
    thumbnail: slide?.thumbnail
      ? { ...slide.thumbnail, url: await getStorage().presignGet(keys.thumbnail, LINK_SECONDS) }
      : null,
    scoring,
    pyramid: slide && {
      url: await getStorage().presignGet(keys.pyramid, LINK_SECONDS),
      bytes: slide.bytes,
    },
  };
}
