import 'server-only';
import { randomUUID } from 'node:crypto';
import { hasPictureChoice, type StartAnalysis } from '@/lib/contracts/analysis';
import { type Batch, BatchId, type BatchOptions, type BatchRow, type BatchRowState } from '@/lib/contracts/batch';
import { ScoreSummary } from '@/lib/contracts/scores';
import { AppError } from '@/lib/errors';
import { stateOf } from '@/lib/server/analyses/describe-analysis';
import { keysOf, type StoredResult } from '@/lib/server/analyses/record';
import { ownerOf } from '@/lib/server/analyses/run-owner';
import { readSnapshot, type Snapshot } from '@/lib/server/analyses/stored-analysis';
import { getEnv } from '@/lib/server/env';
import { toProblem } from '@/lib/server/http/problem-answer';
import { json } from '@/lib/server/http/route';
import { processWide } from '@/lib/server/process-wide';
import { newStatus } from '@/lib/server/runs/run-status';
import { takeOverOrphans } from '@/lib/server/runs/take-up-run';
import { getStorage } from '@/lib/server/storage';
import { LINK_SECONDS } from '@/lib/server/uploads/link-seconds';
import { listMembers, type Member, readBatchRecord, readHanded, readOrder } from './batch-record';
import { feedQueue, isWaiting } from './feed-queue';
import { createTurns } from './in-turn';
import { mapLimited } from './map-limited';

/** An id from an address. @throws AppError `batch_not_found` for what cannot be one, before it becomes a key. */
export function batchId(text: string): string {
  const parsed = BatchId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError('batch_not_found', 'This is not the id of a batch.');
}

/**
 * The batch as it stands now. A large one takes thousands of reads, so all who ask at the same time share them.
 *
 * @throws AppError `batch_not_found`
 */
export const describeBatch = (id: string): Promise<Batch> =>
  processWide('asked-batches', () => createTurns(gather))(id);

/** Whoever watches a batch need not wait for the sweeper: what waits goes on here. */
async function gather(id: string): Promise<Batch> {
  const record = await readBatchRecord(id);
  const members = await listMembers(id);
  const rows = await mapLimited(members, (member, i) => describeReadable(member, i + 1));
  if (rows.some(({ state }) => state === 'waiting')) feedQueue(id);
  return {
    id,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    is_running: rows.some(({ state }) => ACTIVE.includes(state)),
    rows,
  };
}

export async function answerBatch(id: string, { status = 200 } = {}): Promise<Response> {
  const headers = status === 200 ? {} : { Location: `/api/batches/${id}` };
  return json(await describeBatch(id), { status, headers });
}

const ACTIVE: readonly BatchRowState[] = ['waiting', 'queued', 'running'];

/** A damaged analysis is a row that says so: the others are shown. */
async function describeReadable(member: Member, number: number): Promise<BatchRow> {
  try {
    return await describeRow(member, number);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'stored_damaged')) throw error;
    const problem = toProblem(error, randomUUID());
    return { ...EMPTY_ROW, number, analysis: member.analysis, state: 'failed', problem };
  }
}

const EMPTY_ROW = { sample: null, source: null, started: null };

async function describeRow(member: Member, number: number): Promise<BatchRow> {
  const { analysis } = member;
  const [order, handed, snapshot] = await Promise.all([readOrder(member), readHanded(member), readIfThere(analysis)]);
  const row = { ...EMPTY_ROW, number, analysis };
  if (snapshot === null) return { ...row, state: 'deleted' };
  const owner = snapshot.isOrphaned ? ownerOf(snapshot.record) : null;
  if (owner) await takeOverOrphans([owner]);

  const { record, status, result, isOrphaned } = snapshot;
  const own = stateOf(snapshot);
  // Another run may have begun since the order was refused: on the page of the analysis.
  const refusal = handed?.order === order?.order && handed?.run === (record.run?.id ?? null) ? handed?.problem : null;
  const state = refusal
    ? 'failed'
    : isWaiting(order, handed) && own !== 'uploading' && record.source
      ? 'waiting'
      : own === 'ready' && order?.isCancelled
        ? 'cancelled'
        : own;
  const problem = refusal ?? record.refusal ?? status?.problem;
  return {
    ...row,
    state,
    sample: record.sample,
    source: await describeSource(snapshot),
    started: record.run && withoutOutlines(record.run.started),
    ...((state === 'queued' || state === 'running') &&
      status && { progress: isOrphaned ? newStatus().progress : status.progress }),
    ...(state === 'failed' && problem && { problem }),
    ...(state === 'done' && result && { result: describeResult(result) }),
  };
}

/** A thousand rows with the outlines, corrections and clicks of each would be an answer of gigabytes. */
function withoutOutlines({ scoring, ...started }: StartAnalysis): BatchOptions {
  if (scoring === undefined) return started;
  const { regions: _regions, corrections: _corrections, teaching: _teaching, ...shared } = scoring;
  return { ...started, scoring: shared };
}

async function readIfThere(analysis: string): Promise<Snapshot | null> {
  try {
    return await readSnapshot(analysis);
  } catch (error) {
    if (error instanceof AppError && error.code === 'analysis_not_found') return null;
    throw error;
  }
}

async function describeSource({ record }: Snapshot): Promise<BatchRow['source']> {
  if (!record.source) return null;
  const { width, height, micronsPerPixel, thumbnail, slide, warnings } = record.source;
  return {
    width,
    height,
    microns_per_pixel: micronsPerPixel,
    thumbnail: await getStorage().presignGet(keysOf(record.id).thumbnail(thumbnail.name), LINK_SECONDS),
    needs_choice: slide !== null && (width * height > getEnv().limits.pixels || hasPictureChoice(slide)),
    warnings,
  };
}

function describeResult(result: StoredResult): NonNullable<BatchRow['result']> {
  const { scoring, percent_pos_interval, provenance, warnings } = result;
  // Absent from results of version 0.1.0.
  const summary = ScoreSummary.safeParse(result);
  return {
    scoring,
    percent_pos_interval,
    ...(summary.success && summary.data),
    microns_per_pixel: provenance.microns_per_pixel,
    model: provenance.model,
    warnings,
  };
}
