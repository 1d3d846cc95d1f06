import 'server-only';
import {
  type Analysis,
  type AnalysisResult,
  type AnalysisSource,
  type AnalysisState,
  analysisPaths,
  type PictureName,
} from '@/lib/contracts/analysis';
import { pictureFile } from '@/lib/contracts/exports';
import { AppError } from '@/lib/errors';
import { getEnv } from '@/lib/server/env';
import { progressOf } from '@/lib/server/runs/run-progress';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from '@/lib/server/uploads/link-seconds';
import { keysOf, pictureKeys, viewIdOf } from './record';
import type { Snapshot } from './stored-analysis';

/** The state of an analysis. */
export function stateOf({ record, status, isOrphaned }: Snapshot): AnalysisState {
  if (record.refusal) return 'failed';
  if (!record.source) return 'uploading';
  if (!record.run || !status) return 'ready';
  // An orphaned run waits for a server that takes it over.
  return isOrphaned ? 'queued' : status.state;
}

/**
 * What every endpoint answers, with fresh links.
 *
 * Links into the storage hold the id of the edit link. Whoever came by the view link has links to this server instead, and sees
 * neither drafts nor feedback.
 *
 * @param asked - the id of the link that was used
 */
export async function describeAnalysis(snapshot: Snapshot, asked: string): Promise<Analysis> {
  const { record, status, isOrphaned, result, draft, feedback } = snapshot;
  const state = stateOf(snapshot);
  const problem = record.refusal ?? status?.problem;
  const mayEdit = asked === record.id;
  return {
    id: asked,
    view_id: record.hasView ? viewIdOf(record.id) : null,
    may_edit: mayEdit,
    state,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    urls_expire_at: new Date(Date.now() + LINK_SECONDS * 1000).toISOString(),
    sample: record.sample,
    source: mayEdit ? await describeSource(snapshot) : await viewedSource(snapshot, asked),
    started: record.run?.started ?? null,
    scoring: result?.parameters ?? record.run?.started.scoring ?? {},
    ...((state === 'queued' || state === 'running') &&
      status &&
      record.run && { progress: await progressOf({ run: record.run.id, lane: 'images' }, status, isOrphaned) }),
    ...(state === 'failed' && problem && { problem }),
    can_retry: mayEdit && canRetry(snapshot),
    ...(state === 'done' && { result: await describeResult(snapshot, asked) }),
    draft: mayEdit && state === 'done' ? draft : null,
    feedback: mayEdit ? feedback : null,
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

async function viewedSource(snapshot: Snapshot, asked: string): Promise<AnalysisSource | null> {
  const source = await describeSource(snapshot);
  return (
    source && {
      ...source,
      thumbnail: { ...source.thumbnail, url: analysisPaths.thumbnail(asked) },
      url: stateOf(snapshot) === 'done' ? viewedPicture(asked, 'Original') : null,
    }
  );
}

const viewedPicture = (asked: string, name: PictureName) => analysisPaths.export(asked, pictureFile(name));

async function describeResult({ record, result }: Snapshot, asked: string): Promise<AnalysisResult> {
  if (!record.run || !result) throw new AppError('stored_damaged', 'The result of this analysis is not there.');
  const { maps: _m, drawing: _d, parameters: _p, ...rest } = result;
  const links = pictureKeys(record.id, record.run.id, result).map(async ([name, key]) => {
    const url = asked === record.id ? await getStorage().presignGet(key, LINK_SECONDS) : viewedPicture(asked, name);
    return [name, { url }] as const;
  });
  return { ...rest, pictures: Object.fromEntries(await Promise.all(links)) };
}
