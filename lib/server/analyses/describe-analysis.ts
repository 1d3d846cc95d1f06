import 'server-only';
import type { Analysis, AnalysisResult, AnalysisSource, AnalysisState } from '@/lib/contracts/analysis';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { progressOf } from '@/lib/server/runs/run-progress';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from '@/lib/server/uploads/link-seconds';
import { keysOf, pictureKeys } from './record';
import type { Snapshot } from './stored-analysis';

/** The state of an analysis. */
export function stateOf({ record, status, isOrphaned }: Snapshot): AnalysisState {
  if (record.refusal) return 'failed';
  if (!record.source) return 'uploading';
  if (!record.run || !status) return 'ready';
  // An orphaned run waits for a server that takes it over.
  return isOrphaned ? 'queued' : status.state;
}

/** What every endpoint answers, with fresh links. */
export async function describeAnalysis(snapshot: Snapshot): Promise<Analysis> {
  const { record, status, isOrphaned, result, draft, feedback } = snapshot;
  const state = stateOf(snapshot);
  const problem = record.refusal ?? status?.problem;
  return {
    id: record.id,
    state,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    urls_expire_at: new Date(Date.now() + LINK_SECONDS * 1000).toISOString(),
    sample: record.sample,
    source: await describeSource(snapshot),
    started: record.run?.started ?? null,
    scoring: result?.parameters ?? record.run?.started.scoring ?? {},
    ...((state === 'queued' || state === 'running') &&
      status &&
      record.run && { progress: await progressOf({ run: record.run.id, lane: 'images' }, status, isOrphaned) }),
    ...(state === 'failed' && problem && { problem }),
    can_retry: canRetry(snapshot),
    ...(state === 'done' && { result: await describeResult(snapshot) }),
    draft: state === 'done' ? draft : null,
    feedback,
  };
}

export function canRetry(snapshot: Snapshot): boolean {
  const state = stateOf(snapshot);
  if (!snapshot.status || snapshot.record.refusal) return false;
  return state === 'cancelled' || (state === 'failed' && snapshot.status.canRetry);
}

async function describeSource({ record }: Snapshot): Promise<AnalysisSource | null> {
  if (!record.source) return null;
  const { source, thumbnail } = keysOf(record.id);
  const { slide } = record.source;
  const { name, width, height } = record.source.thumbnail;
  const storage = getStorage();
  return {
    width: record.source.width,
    height: record.source.height,
    microns_per_pixel: record.source.micronsPerPixel,
    microns_per_pixel_source: record.source.micronsPerPixelSource,
    thumbnail: { width, height, url: await storage.presignGet(thumbnail(name), LINK_SECONDS) },
    url: slide ? null : await storage.presignGet(source, LINK_SECONDS),
    slide: slide && { ...slide, max_pixels: getEnv().limits.pixels },
    selection: record.source.selection,
    warnings: record.source.warnings,
  };
}

async function describeResult({ record, result }: Snapshot): Promise<AnalysisResult> {
  if (!record.run || !result) throw new AppError('stored_damaged', 'The result of this analysis is not there.');
  const { maps: _m, drawing: _d, parameters: _p, ...rest } = result;
  const links = pictureKeys(record.id, record.run.id, result).map(async ([name, key]) => {
    return [name, { url: await getStorage().presignGet(key, LINK_SECONDS) }] as const;
  });
  return { ...rest, pictures: Object.fromEntries(await Promise.all(links)) };
}
